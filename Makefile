# Everything a developer types. Each target sets the project up first, once.
.DEFAULT_GOAL := help
BIN := .venv/bin
SET_UP := .venv/.complete

.PHONY: help setup demo test check rules build

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv from the best Python here and requirements.lock (PYTHON=python3.11 make setup chooses)
	@infra/setup

$(SET_UP): requirements.lock pyproject.toml infra/setup
	@infra/setup

demo: $(SET_UP) ## Run the main job on this machine: 400 customers become companies; mail lands in .local/mail
	@$(BIN)/crosswise demo

test: check ## Run all checks and all tests
	$(BIN)/pytest -n auto

check: $(SET_UP) ## Check style, types, imports and the template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml

rules: $(SET_UP) ## Print every rule with the tests that hold it, or the lack of them
	@$(BIN)/python tests/rules.py

build: $(SET_UP) ## Build what is deployed into build/: the code, the layer, their zips (needs Python 3.13)
	@infra/build/setup
	@$(MAKE) --no-print-directory -f infra/build/Makefile all
