"""The stage of a relationship whose whole history comes in at once (rules.md R-A-07)."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from xrm_core.errors import DomainError


class NoDealings(DomainError):
    """A history without a dealing on or before the as-of day gives no stage."""

    code = "core.import_no_dealings"


@dataclass(frozen=True, slots=True)
class StagingThresholds:
    """The parameters of R-A-07, in days and dealing days; they are stored with the interval they led to."""

    window_days: int = 365
    silence_days: int = 365
    silence_gaps: int = 3
    tenure_days: int = 180
    intimacy_days: int = 3
    intensifying_days: int = 2


@dataclass(frozen=True, slots=True)
class ImportedStage:
    """Where a relationship stands after an import: its stage, and the same as supplier or partner status.

    `valid_from` is the first dealing's day; `reason` is set where the relationship is over; `metrics` are the
    numbers that decided, with the thresholds, as plain JSON values.
    """

    stage: str
    substage: str
    supplier_status: str
    partner_status: str
    valid_from: date
    reason: str | None
    metrics: Mapping[str, Any]


_CLOSED = ("DISSOLUTION", "CLOSED", "OFFBOARDED", "TERMINATED")
_COMMITMENT = ("INTIMACY", "COMMITMENT", "PREFERRED", "ACTIVE_GOLD")
_INTENSIFYING = ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")
_TESTING = ("INVOLVEMENT", "TESTING", "APPROVED", "AGREEMENT")

DEFAULT_THRESHOLDS = StagingThresholds()


def import_stage(
    days: Sequence[date], as_of: date, thresholds: StagingThresholds = DEFAULT_THRESHOLDS
) -> ImportedStage:
    """The stage as of a day from the distinct days with a dealing of any kind, in ascending order (R-A-07).

    Days after `as_of` are not looked at. The as-of day counts as one of the last 365. The median gap of a
    single day is absent: the relationship then lapses after `silence_days` alone.
    Raises: NoDealings if no day is left.
    """
    known = days[: _end_of(days, as_of)]
    if not known:
        raise NoDealings(f"There is no dealing on or before {as_of}.")
    gaps = [(later - earlier).days for earlier, later in pairwise(known)]
    window_start = as_of - timedelta(thresholds.window_days - 1)
    metrics = {
        "as_of": as_of.isoformat(),
        "dealing_days": len(known),
        "dealing_days_in_window": len(known) - bisect_left(known, window_start),
        "tenure_days": (as_of - known[0]).days,
        "silent_days": (as_of - known[-1]).days,
        "median_gap_days": median(gaps) if gaps else None,
        "thresholds": asdict(thresholds),
    }
    stage, substage, supplier, partner = _place(metrics, thresholds)
    reason = "NOT_STATED" if stage == "DISSOLUTION" else None
    return ImportedStage(stage, substage, supplier, partner, known[0], reason, metrics)


def _end_of(days: Sequence[date], as_of: date) -> int:
    return bisect_left(days, as_of + timedelta(1))


def _place(metrics: Mapping[str, Any], thresholds: StagingThresholds) -> tuple[str, str, str, str]:
    own_rhythm = thresholds.silence_gaps * (metrics["median_gap_days"] or 0)
    recent = metrics["dealing_days_in_window"]
    if metrics["silent_days"] > max(thresholds.silence_days, own_rhythm):
        return _CLOSED
    if metrics["tenure_days"] >= thresholds.tenure_days and recent >= thresholds.intimacy_days:
        return _COMMITMENT
    if metrics["dealing_days"] >= thresholds.intensifying_days:
        return _INTENSIFYING
    return _TESTING
