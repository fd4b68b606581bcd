"""Dunning procedures: the ordered levels of a segment, and whose letters an owner must release."""

from collections.abc import Mapping
from dataclasses import dataclass

from xrm_core.errors import DomainError
from xrm_core.money import Money

PRE_DUE_LEVEL = 0


class UnknownProcedure(DomainError):
    """The debtor's dunning procedure does not exist."""

    code = "credit.unknown_procedure"

    def __init__(self, procedure: str) -> None:
        super().__init__(f"There is no dunning procedure {procedure}.", field="procedure")


@dataclass(frozen=True, slots=True)
class DunningLevel:
    """One step of a procedure (rules.md R-B-60).

    `days_past_due` is negative before the due date. `minimum_total` is the customer total, and
    `minimum_item` the invoice amount, below which the level is not sent; None means no minimum. Minima
    bind only amounts in their own currency.
    """

    level: int
    code: str
    names: Mapping[str, str]
    days_past_due: int
    channels: tuple[str, ...]
    minimum_interval_days: int
    has_call_task: bool = False
    hold: str = "NONE"
    payment_deadline_days: int | None = None
    claims_interest: bool = False
    claims_indemnity: bool = False
    minimum_total: Money | None = None
    minimum_item: Money | None = None


@dataclass(frozen=True, slots=True)
class DunningProcedure:
    """The levels of a segment, lowest first."""

    code: str
    levels: tuple[DunningLevel, ...]

    @property
    def highest(self) -> int:
        """The last level there is."""
        return self.levels[-1].level

    def level(self, number: int) -> DunningLevel | None:
        """The level with that number, or None."""
        return next((level for level in self.levels if level.level == number), None)


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """From which level the owner must release letters to a relation of that kind (rules.md R-B-63, A6).

    `relation` is a relationship stage, or STRATEGIC for relationship level 6.
    """

    relation: str
    from_level: int
