"""Every failure of the vendor's FAQ: how it comes about, as which issue it must end, and how a person repairs it."""

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.failures.table import FAILURES

__all__ = ["FAILURES", "Failure", "Made", "Scene"]
