"""The embedded cloud: what template.yaml deploys, run in this process with no AWS account and no Docker."""

from infra.local.cloud.clock import LocalClock
from infra.local.cloud.cloud import TEMPLATE, Cloud, NotQuiet
from infra.local.cloud.happening import Happening, Report
from infra.local.cloud.intrinsics import TemplateFault
from infra.local.cloud.lambdas import Invocation
from infra.local.cloud.tally import Tally
from infra.local.cloud.trouble import Trouble

__all__ = [
    "TEMPLATE",
    "Cloud",
    "Happening",
    "Invocation",
    "LocalClock",
    "NotQuiet",
    "Report",
    "Tally",
    "TemplateFault",
    "Trouble",
]
