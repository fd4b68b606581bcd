"""Clauses against decisions: every derogatory clause is covered by exactly one approved derogation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from xrm_core.errors import Refusal

_APPROVED = ("APPROVED", "APPROVED_WITH_CONDITIONS")


class ClausePosition(StrEnum):
    """How far a clause stands from our standard (rules.md C3)."""

    STANDARD = "STANDARD"
    FALLBACK_1 = "FALLBACK_1"
    FALLBACK_2 = "FALLBACK_2"
    DEROGATORY = "DEROGATORY"
    PROHIBITED = "PROHIBITED"


@dataclass(frozen=True, slots=True)
class ClauseUse:
    """A clause of a contract by its key and position."""

    key: str
    position: ClausePosition


@dataclass(frozen=True, slots=True)
class Derogation:
    """A decision on one clause; `valid_to` is its last day, None if it has no end (rules.md R-B-42)."""

    derogation_id: UUID | str
    clause_key: str
    state: str
    valid_to: date | None
    decision_number: str | None = None

    def is_in_force(self, on: date) -> bool:
        """Approved, with or without conditions, and not expired on the day."""
        return self.state in _APPROVED and (self.valid_to is None or on <= self.valid_to)


def derogation_refusals(
    clauses: Sequence[ClauseUse], derogations: Sequence[Derogation], *, on: date
) -> list[Refusal]:
    """Where derogatory clauses and approved, unexpired derogations do not match one to one (R-C-11)."""
    refusals = []
    derogatory = [clause.key for clause in clauses if clause.position is ClausePosition.DEROGATORY]
    for key in dict.fromkeys(derogatory):
        refusals += _coverage(key, [one for one in derogations if one.clause_key == key], on)
    for one in derogations:
        if one.clause_key not in derogatory and one.is_in_force(on):
            message = f"A derogation covers {one.clause_key}, but the clause is not derogatory."
            refusals.append(_refusal("derogation_without_clause", message, one.clause_key))
    return refusals


def clause_refusals(clauses: Sequence[ClauseUse], *, mandatory: Collection[str]) -> list[Refusal]:
    """Mandatory clauses that are missing, prohibited ones that are used, keys used twice (R-C-02, C3)."""
    keys = [clause.key for clause in clauses]
    refusals = [
        _refusal("clause_mandatory", f"The contract lacks the clause {key}.", key)
        for key in sorted(set(mandatory) - set(keys))
    ]
    for position, clause in enumerate(clauses):
        if clause.position is ClausePosition.PROHIBITED:
            message = f"The clause {clause.key} is prohibited."
            refusals.append(_refusal("clause_prohibited", message, clause.key))
        if clause.key in keys[:position]:
            message = f"The contract has the clause {clause.key} twice."
            refusals.append(_refusal("clause_twice", message, clause.key))
    return refusals


def _coverage(key: str, decided: Sequence[Derogation], on: date) -> list[Refusal]:
    in_force = [one for one in decided if one.is_in_force(on)]
    if len(in_force) == 1:
        return []
    if in_force:
        return [_refusal("derogation_twice", f"Several derogations cover {key}.", key)]
    if not decided:
        return [_refusal("derogation_missing", f"The derogatory clause {key} has no derogation.", key)]
    if any(one.state in _APPROVED for one in decided):
        return [_refusal("derogation_expired", f"The derogation for {key} has expired.", key)]
    return [_refusal("derogation_not_approved", f"The derogation for {key} is not approved.", key)]


def _refusal(code: str, message: str, clause_key: str) -> Refusal:
    return Refusal(f"legal.{code}", message, "clauses", {"clause_key": clause_key})
