"""What one can do with receivables."""

from xrm_credit.commands.books import (
    allocate,
    block_dunning,
    create_invoice,
    rebuild_receivables,
    record_payment,
)
from xrm_credit.commands.dunning import dunning_run
from xrm_credit.commands.standing import release_dunning, set_credit_hold, set_credit_limit

__all__ = [
    "allocate",
    "block_dunning",
    "create_invoice",
    "dunning_run",
    "rebuild_receivables",
    "record_payment",
    "release_dunning",
    "set_credit_hold",
    "set_credit_limit",
]
