"""Approvals of a contract: what each state lets change, and what an approval is worth after a change."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from xrm_core.errors import Refusal


class ChangeEffect(StrEnum):
    """What changing text, variables or prices does to a contract (rules.md C5)."""

    FREE = "FREE"
    RESETS_APPROVALS = "RESETS_APPROVALS"
    FORBIDDEN = "FORBIDDEN"


_EFFECTS = {
    **dict.fromkeys(("DRAFT", "IN_REVIEW", "NEGOTIATION"), ChangeEffect.FREE),
    **dict.fromkeys(("PENDING_APPROVAL", "APPROVED"), ChangeEffect.RESETS_APPROVALS),
}


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision by one person on the content with that hash."""

    kind: str
    approver_id: UUID | str
    is_approved: bool
    content_hash: str


def change_effect(state: str) -> ChangeEffect:
    """What a change of content does in that state.

    From OUT_FOR_SIGNATURE on the content is fixed: it changes by recall to negotiation or by an amendment.
    """
    return _EFFECTS.get(state, ChangeEffect.FORBIDDEN)


def change_refusals(state: str) -> list[Refusal]:
    """Why the content may not change; empty if it may."""
    if change_effect(state) is not ChangeEffect.FORBIDDEN:
        return []
    message = f"The content of a contract that is {state} cannot change."
    return [Refusal("legal.content_fixed", message, "state")]


def approval_refusals(
    needed: Sequence[str],
    approvals: Sequence[Approval],
    *,
    requested_by: UUID | str,
    content_hash: str,
) -> list[Refusal]:
    """Which approvals are still missing, void or against; empty if all needed kinds approved this content.

    Only decisions on the present content count, of each person the latest, `approvals` being in order of
    time; nobody approves their own request (rules.md C5, C6, R-0-09).
    """
    refusals = []
    for kind in dict.fromkeys(needed):
        of_kind = [one for one in approvals if one.kind == kind]
        refusals += _kind_refusals(kind, of_kind, requested_by, content_hash)
    return refusals


def content_refusals(approved_hash: str | None, content_hash: str) -> list[Refusal]:
    """Why an approval does not cover the present content: there is none, or the content has changed."""
    if approved_hash is None:
        return [Refusal("legal.approval_missing", "The content was never approved.", "content_hash")]
    if approved_hash == content_hash:
        return []
    data = {"approved": approved_hash, "present": content_hash}
    message = "The content changed after its approval."
    return [Refusal("legal.content_changed", message, "content_hash", data)]


def _kind_refusals(
    kind: str, approvals: Sequence[Approval], requested_by: UUID | str, content_hash: str
) -> list[Refusal]:
    latest = {one.approver_id: one for one in approvals if one.content_hash == content_hash}
    present = list(latest.values())
    if any(not one.is_approved for one in present):
        return [_refusal("approval_refused", f"{kind} refused the content.", kind)]
    if any(one.approver_id != requested_by for one in present):
        return []
    if present:
        return [_refusal("self_approval", f"The {kind} approval is by who asked for it.", kind)]
    if approvals:
        return [_refusal("approval_void", f"The {kind} approval is for other content.", kind)]
    return [_refusal("approval_missing", f"The {kind} approval is missing.", kind)]


def _refusal(code: str, message: str, kind: str) -> Refusal:
    return Refusal(f"legal.{code}", message, "approvals", {"kind": kind})
