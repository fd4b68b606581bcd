"""Published reference rates: what rate stood on a day, and a refusal where none is known."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xrm_core.errors import DomainError, WireCode


class MissingReferenceRate(DomainError):
    """No rate is published for the day; the last known one is never used instead (rules.md R-0-05)."""

    code = "credit.missing_reference_rate"
    wire = WireCode.UNAVAILABLE

    def __init__(self, series: str, day: date) -> None:
        super().__init__(f"No published value of {series} for {day.isoformat()}.", field=series)
        self.series = series
        self.day = day


@dataclass(frozen=True, slots=True)
class RateStep:
    """A rate, as a fraction (0.0215), that holds from a day until the next step of its series."""

    effective_from: date
    rate: Decimal
    is_verified: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True)
class RateQuote:
    """The rate read for a day and the step it came from, to be stored with what was computed from it."""

    series: str
    day: date
    rate: Decimal
    effective_from: date
    is_verified: bool
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class RateSeries:
    """Steps of one published rate, oldest first, and the day through which publication is known."""

    key: str
    steps: tuple[RateStep, ...]
    published_through: date

    @classmethod
    def of(cls, key: str, steps: Iterable[RateStep], *, published_through: date) -> "RateSeries":
        """The series with its steps in order of date."""
        return cls(key, tuple(sorted(steps, key=lambda step: step.effective_from)), published_through)

    def quote_on(self, day: date, *, provisional: bool = False) -> RateQuote:
        """The rate that stood on the day.

        With `provisional` the last step also serves after `published_through`, and the quote says so.
        Raises: MissingReferenceRate before the first step, or after `published_through`.
        """
        position = bisect_right(self.steps, day, key=lambda step: step.effective_from)
        is_late = day > self.published_through
        if position == 0 or (is_late and not provisional):
            raise MissingReferenceRate(self.key, day)
        step = self.steps[position - 1]
        return RateQuote(self.key, day, step.rate, step.effective_from, step.is_verified, is_late)


@dataclass(frozen=True, slots=True)
class ReferenceRates:
    """All series a computation may read; `provisional` extrapolates and marks the result."""

    series: Mapping[str, RateSeries]
    provisional: bool = False

    def quote(self, key: str, day: date) -> RateQuote:
        """The rate of that series on the day. Raises: MissingReferenceRate, also for an unknown series."""
        if key not in self.series:
            raise MissingReferenceRate(key, day)
        return self.series[key].quote_on(day, provisional=self.provisional)


def half_year_start(day: date) -> date:
    """1 January or 1 July, whichever begins the half-year of the day."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


def half_year_starts(first: date, last: date) -> list[date]:
    """Every 1 January and 1 July after `first` and not after `last`."""
    days = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 7)]
    return [day for day in days if first < day <= last]
