"""Signing a contract: who may sign up to which amount, at which level, and whether all have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from xrm_core.errors import Refusal
from xrm_core.money import Money
from xrm_legal.rules.content import Annex

ANY_TYPE = "*"


class SignatureLevel(StrEnum):
    """Levels of eIDAS, from simple to qualified (rules.md C7)."""

    SES = "SES"
    AES = "AES"
    QES = "QES"

    @property
    def strength(self) -> int:
        """0 for SES, 1 for AES, 2 for QES."""
        return list(SignatureLevel).index(self)


class Side(StrEnum):
    """For whom somebody signs."""

    US = "US"
    THEM = "THEM"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who is to sign.

    For our side `power_limit` is the highest amount the delegation covers (None: no limit), valid from and
    through the given days; `has_power` is False while none is on record.
    """

    signatory_id: UUID | str
    name: str
    side: Side
    has_power: bool = False
    power_limit: Money | None = None
    power_from: date | None = None
    power_to: date | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature given: by whom, at which level, under the content with that hash."""

    signatory_id: UUID | str
    level: SignatureLevel
    content_hash: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class LevelRule:
    """The level a type of contract needs from an amount on; type `*` is any other."""

    contract_type: str
    amount_from: Money
    level: SignatureLevel


def sending_refusals(
    signatories: Sequence[Signatory], annexes: Sequence[Annex], *, value: Money | None, on: date
) -> list[Refusal]:
    """Why the contract may not go out for signature; empty if it may (rules.md C5, R-C-43).

    Both sides need a signatory, ours need a power that covers the value on the day, no annex is missing.
    """
    refusals = [
        _refusal("signatory_missing", f"Nobody is named to sign for {side}.", str(side))
        for side in Side
        if not any(one.side is side for one in signatories)
    ]
    for signatory in signatories:
        if signatory.side is Side.US:
            refusals += power_refusals(signatory, value=value, on=on)
    for annex in annexes:
        if annex.sha256 is None:
            message = f"The annex {annex.title} is missing."
            refusals.append(Refusal("legal.annex_missing", message, "annexes", {"title": annex.title}))
    return refusals


def power_refusals(signatory: Signatory, *, value: Money | None, on: date) -> list[Refusal]:
    """Why somebody of ours may not sign: no power, not valid on the day, or not up to the value.

    A value in another currency than the limit, or not known, is not covered.
    """
    name = str(signatory.signatory_id)
    if not signatory.has_power:
        return [_refusal("power_missing", f"{signatory.name} has no power to sign.", name)]
    refusals = []
    too_early = signatory.power_from is not None and on < signatory.power_from
    too_late = signatory.power_to is not None and on > signatory.power_to
    if too_early or too_late:
        message = f"The power of {signatory.name} is not valid on {on.isoformat()}."
        refusals.append(_refusal("power_not_valid", message, name))
    if signatory.power_limit is not None and not _covers(signatory.power_limit, value):
        message = f"The power of {signatory.name} does not cover the value of the contract."
        refusals.append(_refusal("power_exceeded", message, name))
    return refusals


def signature_refusals(
    signatories: Sequence[Signatory],
    signatures: Sequence[Signature],
    *,
    content_hash: str,
    level: SignatureLevel,
) -> list[Refusal]:
    """Why the contract is not signed: somebody has not, or not this content, or not at the level needed.

    Empty only if there is a signatory and every one has signed (rules.md C5, C7).
    """
    if not signatories:
        return [_refusal("signatory_missing", "Nobody is named to sign.", "")]
    refusals = []
    for signatory in signatories:
        given = [one for one in signatures if one.signatory_id == signatory.signatory_id]
        refusals += _signature_of(signatory, given, content_hash, level)
    return refusals


def activation_refusals(
    *, effective_on: date | None, signed_on: date | None, today: date, is_retroactivity_approved: bool
) -> list[Refusal]:
    """Why a contract does not take effect today; one that reaches back needs legal's approval (C5)."""
    if effective_on is None:
        return [Refusal("legal.effective_date_missing", "It has no effective date.", "effective_on")]
    if signed_on is None:
        return [Refusal("legal.not_signed", "It is not signed.", "signed_on")]
    if effective_on > today:
        message = f"It takes effect on {effective_on.isoformat()}."
        return [Refusal("legal.not_effective_yet", message, "effective_on")]
    if effective_on < signed_on and not is_retroactivity_approved:
        message = "It takes effect before its signature; legal must approve that."
        return [Refusal("legal.retroactive", message, "effective_on")]
    return []


def required_level(rules: Iterable[LevelRule], contract_type: str, value: Money | None) -> SignatureLevel:
    """The level a contract needs by type and value; the highest of its type where the value is not known
    or in another currency, and QES where no rule speaks (rules.md C7)."""
    found = list(rules)
    of_type = [rule for rule in found if rule.contract_type == contract_type]
    of_type = of_type or [rule for rule in found if rule.contract_type == ANY_TYPE]
    if value is not None and all(rule.amount_from.currency == value.currency for rule in of_type):
        reached = [rule for rule in of_type if rule.amount_from.amount <= max(value.amount, Decimal(0))]
        if reached:
            return max(reached, key=lambda rule: rule.amount_from.amount).level
    levels = [rule.level for rule in of_type]
    return max(levels, key=lambda level: level.strength, default=SignatureLevel.QES)


def level_rules(rows: Iterable[Mapping[str, str]]) -> list[LevelRule]:
    """The signature matrix from rows of text."""
    return [
        LevelRule(
            row["contract_type"],
            Money(Decimal(row["amount_from"]), row["currency"]),
            SignatureLevel(row["level"]),
        )
        for row in rows
    ]


def _covers(limit: Money, value: Money | None) -> bool:
    return value is not None and value.currency == limit.currency and value.amount <= limit.amount


def _signature_of(
    signatory: Signatory, given: Sequence[Signature], content_hash: str, level: SignatureLevel
) -> list[Refusal]:
    name = str(signatory.signatory_id)
    valid = [one for one in given if one.content_hash == content_hash]
    if any(one.level.strength >= level.strength for one in valid):
        return []
    if valid:
        message = f"{signatory.name} signed below the level {level}."
        return [_refusal("signature_too_weak", message, name)]
    if given:
        return [_refusal("signature_of_other_content", f"{signatory.name} signed other content.", name)]
    return [_refusal("signature_missing", f"{signatory.name} has not signed.", name)]


def _refusal(code: str, message: str, signatory: str) -> Refusal:
    return Refusal(f"legal.{code}", message, "signatories", {"signatory": signatory})
