"""What credit keeps: invoices and payments, letters sent, and the published figures claims rest on."""

from xrm_credit.models.books import Allocation, Invoice, Payment
from xrm_credit.models.letters import CompletedDunningRun, DunningLetter, DunningLetterLine
from xrm_credit.models.reference import (
    AgingBound,
    DunningLevel,
    DunningRelease,
    InterestRegime,
    RecoveryIndemnity,
    ReferenceIndex,
    ReferenceRate,
)

__all__ = [
    "AgingBound",
    "Allocation",
    "CompletedDunningRun",
    "DunningLetter",
    "DunningLetterLine",
    "DunningLevel",
    "DunningRelease",
    "InterestRegime",
    "Invoice",
    "Payment",
    "RecoveryIndemnity",
    "ReferenceIndex",
    "ReferenceRate",
]
