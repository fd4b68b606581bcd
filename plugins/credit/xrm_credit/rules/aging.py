"""The buckets of an aged balance: how late an open amount is, in steps."""

from collections.abc import Iterable
from dataclasses import dataclass

NOT_DUE = "NOT_DUE"


@dataclass(frozen=True, slots=True)
class AgingBucket:
    """Days past due from `lower` to `upper`, both included; None where it is open at that end."""

    name: str
    lower: int | None
    upper: int | None


def aging_buckets(upper_bounds: Iterable[int]) -> tuple[AgingBucket, ...]:
    """NOT_DUE, then a bucket up to each bound, then what is later still: together every day once (rules.md B3)."""
    bounds = sorted(set(upper_bounds))
    buckets = [AgingBucket(NOT_DUE, None, 0)]
    for bound in bounds:
        first = (buckets[-1].upper or 0) + 1
        buckets.append(AgingBucket(f"{first}-{bound}", first, bound))
    last = buckets[-1].upper or 0
    return (*buckets, AgingBucket(f">{last}", last + 1, None))


def bucket_of(days_past_due: int, buckets: Iterable[AgingBucket]) -> AgingBucket:
    """The bucket of a day; a boundary day belongs to the lower bucket."""
    return next(bucket for bucket in buckets if bucket.upper is None or days_past_due <= bucket.upper)
