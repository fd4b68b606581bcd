"""What is known of one contract when a step of its life is asked for: plain values, loaded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xrm_core.errors import Refusal
from xrm_core.money import Money
from xrm_legal.rules.approvals import Approval
from xrm_legal.rules.content import Annex
from xrm_legal.rules.derogations import ClauseUse, Derogation
from xrm_legal.rules.signatures import Signatory, Signature, SignatureLevel


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract as its rules see it, on the day `on`.

    `content_hash` is None while the content cannot be put together; `unfit` then says why. `mandatory` are the
    keys that its type demands, `ends_on` the last day of the last term (None: indefinite), `successors` how
    many signed amendments there are.
    """

    on: date
    content_hash: str | None
    approved_hash: str | None
    unfit: tuple[Refusal, ...]
    clauses: tuple[ClauseUse, ...]
    mandatory: frozenset[str]
    derogations: tuple[Derogation, ...]
    annexes: tuple[Annex, ...]
    approvals: tuple[Approval, ...]
    needed_approvals: tuple[str, ...]
    requested_by: UUID | str
    signatories: tuple[Signatory, ...]
    signatures: tuple[Signature, ...]
    level: SignatureLevel
    value: Money | None
    effective_on: date | None
    signed_on: date | None
    is_retroactivity_approved: bool
    ends_on: date | None
    successors: int


def one_refusal(refusals: Sequence[Refusal]) -> Refusal | None:
    """Several reasons as one that carries them all, since a guard answers with one; None if there are none."""
    if not refusals:
        return None
    first = refusals[0]
    if len(refusals) == 1:
        return first
    reasons = [
        {"code": one.code, "message": one.message, "field": one.field, "data": dict(one.data)}
        for one in refusals
    ]
    return Refusal(first.code, " ".join(one.message for one in refusals), first.field, {"problems": reasons})
