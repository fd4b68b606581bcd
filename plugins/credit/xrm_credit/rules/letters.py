"""A dunning run as letters: one per unit, customer, language and currency, and who is left out and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from xrm_core.errors import Refusal
from xrm_core.money import Money, total
from xrm_credit.rules.dunning import Assessment, Debtor, DunningItem, Key, assess
from xrm_credit.rules.procedure import PRE_DUE_LEVEL, DunningProcedure, ReleaseRule, UnknownProcedure

STRATEGIC_LEVEL = 6


@dataclass(frozen=True, slots=True)
class LetterKey:
    """What makes a letter the same letter when a run is repeated (rules.md R-B-63)."""

    unit_id: Key
    party_id: Key
    language: str
    currency: str
    as_of: date
    level: int


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One invoice in a letter with its own level; `advances` if this letter raises it to that level."""

    item: DunningItem
    days_past_due: int
    residual: Money
    level: int
    advances: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of a run; `held` is why it waits for the owner's release, None if it may go."""

    key: LetterKey
    lines: tuple[LetterLine, ...]
    held: Refusal | None

    @property
    def level(self) -> int:
        """The highest level among the invoices that advance."""
        return self.key.level

    @property
    def residual(self) -> Money:
        """The sum of the lines."""
        return total((line.residual for line in self.lines), currency=self.key.currency)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An invoice that does not advance in this run, with every reason."""

    item: DunningItem
    residual: Money
    reasons: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class DunningPlan:
    """A run before anything is sent: each invoice advances in one letter or is skipped with reasons."""

    as_of: date
    letters: tuple[Letter, ...]
    skipped: tuple[Skipped, ...]


def plan_dunning(
    items: Iterable[DunningItem],
    *,
    procedures: Mapping[str, DunningProcedure],
    releases: Sequence[ReleaseRule],
    as_of: date,
) -> DunningPlan:
    """The letters of a run as of a day, in a fixed order; the same input gives the same plan.

    A letter lists every overdue invoice that is not excluded, each with its own level, and its level is the
    highest one sent now (rules.md R-B-61 to R-B-63).
    Raises: UnknownProcedure.
    """
    letters: list[Letter] = []
    skipped: list[Skipped] = []
    ordered = sorted(items, key=lambda item: (_group(item), item.due_on, str(item.invoice_id)))
    for _, group in groupby(ordered, key=_group):
        members = list(group)
        procedure = _procedure_of(members[0].debtor, procedures)
        found = [assess(item, procedure, as_of=as_of) for item in members]
        found = _drop_small_totals(_cover_by_credit(found), procedure)
        letter = _letter(found, releases, as_of)
        if letter:
            letters.append(letter)
        skipped += [_skipped(one) for one in found if one.level is None]
    return DunningPlan(as_of, tuple(letters), tuple(skipped))


def release_level(debtor: Debtor, releases: Iterable[ReleaseRule]) -> int | None:
    """From which level on the owner must release letters to the debtor; None if never (rules.md A6)."""
    relations = {debtor.stage}
    if debtor.relationship_level is not None and debtor.relationship_level >= STRATEGIC_LEVEL:
        relations.add("STRATEGIC")
    return min((rule.from_level for rule in releases if rule.relation in relations), default=None)


def _group(item: DunningItem) -> tuple[str, str, str, str]:
    debtor = item.debtor
    return str(debtor.unit_id), str(debtor.party_id), debtor.language, item.amount.currency


def _procedure_of(debtor: Debtor, procedures: Mapping[str, DunningProcedure]) -> DunningProcedure:
    if debtor.procedure not in procedures:
        raise UnknownProcedure(debtor.procedure)
    return procedures[debtor.procedure]


def _cover_by_credit(found: Sequence[Assessment]) -> list[Assessment]:
    """Unapplied credit is laid on the oldest overdue invoices; those it covers whole are not dunned."""
    currency = found[0].residual.currency
    unapplied = found[0].item.debtor.unapplied
    left = sum((credit.amount for credit in unapplied if credit.currency == currency), Decimal(0))
    covered = []
    for one in found:
        if one.is_overdue and not one.exclusions:
            is_covered = left >= one.residual.amount
            left = max(left - one.residual.amount, Decimal(0))
            one = _exclude(one, "unapplied_credit", "Unapplied credit covers it: allocate it.", is_covered)
        covered.append(one)
    return covered


def _drop_small_totals(found: Sequence[Assessment], procedure: DunningProcedure) -> list[Assessment]:
    amounts = (one.residual for one in found if _is_listed(one))
    whole = total(amounts, currency=found[0].residual.currency)
    kept = []
    for one in found:
        level = procedure.level(one.level) if one.level is not None else None
        minimum = level.minimum_total if level else None
        text = f"The customer owes only {whole.amount:f} {whole.currency}."
        kept.append(_exclude(one, "small_total", text, _is_below(whole, minimum)))
    return kept


def _is_below(amount: Money, minimum: Money | None) -> bool:
    return minimum is not None and amount.currency == minimum.currency and amount.amount < minimum.amount


def _exclude(one: Assessment, code: str, message: str, applies: bool) -> Assessment:
    if not applies:
        return one
    reason = Refusal(f"credit.{code}", message)
    return replace(one, level=None, exclusions=(*one.exclusions, reason))


def _is_listed(one: Assessment) -> bool:
    return not one.exclusions and (one.is_overdue or one.level is not None)


def _letter(found: Sequence[Assessment], releases: Sequence[ReleaseRule], as_of: date) -> Letter | None:
    sent = [one.level for one in found if one.level is not None]
    if not sent:
        return None
    debtor = found[0].item.debtor
    currency = found[0].residual.currency
    key = LetterKey(debtor.unit_id, debtor.party_id, debtor.language, currency, as_of, max(sent))
    lines = tuple(_line(one) for one in found if _is_listed(one))
    return Letter(key, lines, _held(debtor, max(sent), releases))


def _line(one: Assessment) -> LetterLine:
    own = one.level if one.level is not None else one.item.last_level or PRE_DUE_LEVEL
    return LetterLine(one.item, one.days_past_due, one.residual, own, one.level is not None)


def _held(debtor: Debtor, level: int, releases: Sequence[ReleaseRule]) -> Refusal | None:
    needed_from = release_level(debtor, releases)
    released = debtor.released_to_level
    if needed_from is None or level < needed_from or (released is not None and released >= level):
        return None
    message = f"The owner must release level {level} of this relationship."
    return Refusal("credit.release_required", message, data={"level": level, "from_level": needed_from})


def _skipped(one: Assessment) -> Skipped:
    return Skipped(one.item, one.residual, (*one.exclusions, *one.waiting))
