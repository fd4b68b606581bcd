"""Where a relationship was before: the states that computed targets lead back to (rules.md R-A-08, §A7)."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from xrm_workflows.history import PastInterval
from xrm_workflows.machine import Resolver, Subject

_WORKING_STAGES = ("INVOLVEMENT", "INTIMACY")
# A repaired relationship is intimate again only from this health on (rules.md §A2, T7).
INTIMATE_HEALTH = Decimal(80)

APPROVED_BEFORE = ("APPROVED", "ACTIVE", "PREFERRED", "STRATEGIC")
WORKING_SUPPLIER = ("APPROVED", "CONDITIONALLY_APPROVED", "ACTIVE", "PREFERRED", "STRATEGIC")
WORKING_PARTNER = ("ENABLEMENT", "ACTIVE_REGISTERED", "ACTIVE_SILVER", "ACTIVE_GOLD", "ACTIVE_STRATEGIC")


def this_episode(past: Sequence[PastInterval]) -> list[PastInterval]:
    """The intervals of the latest episode, oldest first."""
    latest = max((each.episode for each in past), default=0)
    return sorted((each for each in past if each.episode == latest), key=lambda each: each.entered_at)


def stage_before(past: Sequence[PastInterval]) -> str:
    """The last INVOLVEMENT or INTIMACY state of the episode; INVOLVEMENT/TESTING if none (R-A-08)."""
    return _last_in(past, _WORKING_STAGES) or "INVOLVEMENT/TESTING"


def repaired_stage(past: Sequence[PastInterval], health: Decimal | None) -> str:
    """Where a successful repair leads (T7): INTIMACY/COMMITMENT or INVOLVEMENT/INTENSIFYING.

    To the stage before, but to INVOLVEMENT if it was INTIMACY and health is known to be below 80.
    """
    was_intimate = stage_before(past).startswith("INTIMACY/")
    is_weak = health is not None and health < INTIMATE_HEALTH
    return "INTIMACY/COMMITMENT" if was_intimate and not is_weak else "INVOLVEMENT/INTENSIFYING"


def deterioration_left(past: Sequence[PastInterval]) -> str | None:
    """The DETERIORATION state that a repair plan was opened from (T5c); None if none was in this episode."""
    return _last_in(past, ("DETERIORATION",))


def status_before(past: Sequence[PastInterval], among: Collection[str], otherwise: str) -> str:
    """The last of these statuses in the episode, or `otherwise` (rules.md §A7: "before")."""
    found = [each.status for each in this_episode(past) if each.status in among]
    return found[-1] or otherwise if found else otherwise


def _last_in(past: Sequence[PastInterval], stages: Collection[str]) -> str | None:
    found = [f"{each.stage}/{each.substage}" for each in this_episode(past) if each.stage in stages]
    return found[-1] if found else None


def _repaired(subject: Subject) -> str:
    return repaired_stage(subject.past, getattr(subject.object, "health", None))


# The relationship's own health decides where T7 leads; all else is in the past alone.
RESOLVERS: Mapping[str, Resolver] = {
    "R-A-08": lambda subject: stage_before(subject.past),
    "T5c": lambda subject: deterioration_left(subject.past),
    "T7": _repaired,
    "S6": lambda subject: status_before(subject.past, APPROVED_BEFORE, "APPROVED"),
    "S9b": lambda subject: status_before(subject.past, WORKING_SUPPLIER, "APPROVED"),
    "P9": lambda subject: status_before(subject.past, WORKING_PARTNER, "ENABLEMENT"),
}
