"""ConnectWise PSA: `Psa` reads companies and what belongs to them, and carries steps out."""

from shared.systems.connectwise_psa.client import Psa
from shared.systems.connectwise_psa.models import Company, CustomField, Record, Reference, SetupRow, Site
from shared.systems.connectwise_psa.reference import BillingTerm, Board, Member, ServiceType, TaxCode, WorkType
from shared.systems.connectwise_psa.session import page
from shared.systems.connectwise_psa.steps import LIMITS

__all__ = [
    "LIMITS",
    "BillingTerm",
    "Board",
    "Company",
    "CustomField",
    "Member",
    "Psa",
    "Record",
    "Reference",
    "ServiceType",
    "SetupRow",
    "Site",
    "TaxCode",
    "WorkType",
    "page",
]
