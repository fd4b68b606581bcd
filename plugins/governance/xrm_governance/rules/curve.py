"""A ranking cut into at most so many steps, so that any number of objects fits on one curve."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """Neighbours in a ranking: the first and last rank, 1 the largest, and the sum of their values."""

    first: int
    last: int
    value: Decimal

    @property
    def label(self) -> str:
        """The ranks in words: 7, or 31-40."""
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


def ranked_steps(values: Mapping[str, Decimal], *, most: int = 40) -> list[Step]:
    """The positive values from the largest down, in at most `most` steps of equal width (the last may be shorter).

    Sums never rise from step to step, so a Pareto curve keeps their order.
    """
    ordered = sorted((value for value in values.values() if value > 0), reverse=True)
    width = max(1, -(-len(ordered) // most))
    return [
        Step(start + 1, min(start + width, len(ordered)), sum(ordered[start : start + width], Decimal(0)))
        for start in range(0, len(ordered), width)
    ]
