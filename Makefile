# Everything a developer types. Each target sets the project up first, once.
.DEFAULT_GOAL := help
BIN := .venv/bin
SET_UP := .venv/.complete
RUNTIME := .venv-lambda/.complete

.PHONY: help setup demo test check rules bench soak scan build sam-local

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv from the best Python here and requirements.lock (PYTHON=python3.11 make setup chooses)
	@infra/setup

$(SET_UP): requirements.lock pyproject.toml infra/setup
	@infra/setup

demo: $(SET_UP) ## Play a dealer's month on this machine, failures and repairs included; mail lands in .local/mail
	@$(BIN)/crosswise demo

$(RUNTIME): $(SET_UP) infra/build/setup infra/build/runtime.lock infra/build/emulator.lock
	@infra/build/setup

test: check $(RUNTIME) ## Run all checks and all tests; with Python 3.13 also the built functions, as Lambda runs them
	$(BIN)/pytest -n auto

check: $(SET_UP) ## Check style, types, imports and the template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml

rules: $(SET_UP) ## Print every rule with the tests that hold it, or the lack of them
	@$(BIN)/python tests/rules.py

bench: $(SET_UP) ## Measure syncs of 10,000 customers, 20,000 computers, 15,000 tickets, and their bounds (an hour or more)
	@$(BIN)/python -m infra.local.bench

soak: $(RUNTIME) ## The long forms: 10,000 posts, 1,000 random edits with faults, properties searched long (hours)
	FUZZ_CASES=10000 CROSSWISE_SOAK_EDITS=1000 CROSSWISE_SOAK=1 $(BIN)/pytest -n auto tests/callbacks tests/faults tests/properties tests/flows/test_zomentum_walk.py tests/flows/test_moovila_projects_walk.py tests/flows/test_quickpass_walk.py tests/bench/test_matching.py

scan: $(SET_UP) ## Look at template.yaml with checkov and SAM, in an environment of their own
	@infra/scan

build: $(RUNTIME) ## Build what is deployed into build/: the code, the layer, their zips (needs Python 3.13)
	@$(MAKE) --no-print-directory -f infra/build/Makefile all

sam-local: $(RUNTIME) ## Run a function of each trigger kind by sam local, where Docker is (infra/docs/sam-local.md)
	@$(BIN)/python -m infra.build.sam_local
