"""What the PSA does of itself with records of certain entities: fills in, derives, refuses, follows up."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.simulators.psa import callbacks
from infra.local.simulators.psa.rules import company, contact, finance, project, sales, service, time
from infra.local.simulators.psa.rules.base import PLAIN, Rule

RULES: Mapping[str, Rule] = {
    **company.RULES,
    **contact.RULES,
    **service.RULES,
    **time.RULES,
    **project.RULES,
    **finance.RULES,
    **sales.RULES,
    **callbacks.RULES,
}


def rule_of(resource: str) -> Rule:
    """The rule of an entity; most have none."""
    return RULES.get(resource, PLAIN)
