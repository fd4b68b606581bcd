"""The contract every key figure keeps: value, numerator, denominator, population, exclusions, warnings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ZERO_DENOMINATOR = "ZERO_DENOMINATOR"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    from_on: date
    to_on: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.to_on - self.from_on).days + 1

    @property
    def per_year(self) -> Decimal:
        """How many such periods make a year: 12 / n for n whole months, else 365 / days."""
        months = self._whole_months()
        return Decimal(12) / months if months else Decimal(365) / self.days

    def _whole_months(self) -> int:
        after = date.fromordinal(self.to_on.toordinal() + 1)
        if self.from_on.day != 1 or after.day != 1:
            return 0
        return (after.year - self.from_on.year) * 12 + after.month - self.from_on.month


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure is called, in which version, and in which unit it is given."""

    id: str
    version: int
    unit: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Over what a figure was computed: a period or a day, how many objects, how many left out and why."""

    population_n: int
    period: Period | None = None
    as_of: date | None = None
    exclusions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A key figure with all that is needed to read and to repeat it (rules.md R-0-06).

    Ratios are fractions. `value` is None where the denominator is zero, with a warning; never 0 instead.
    """

    value: Decimal | None
    numerator: Decimal
    denominator: Decimal
    unit: str
    period: Period | None
    as_of: date | None
    population_n: int
    exclusions: Mapping[str, int]
    definition_id: str
    definition_version: int
    warnings: tuple[str, ...]


def ratio(
    definition: Definition,
    numerator: Decimal | int,
    denominator: Decimal | int,
    *,
    scope: Scope,
    warnings: tuple[str, ...] = (),
) -> Indicator:
    """The quotient as an indicator; a zero denominator gives None and a warning (rules.md R-0-06)."""
    above, below = Decimal(numerator), Decimal(denominator)
    if below == 0:
        warnings = (*warnings, ZERO_DENOMINATOR)
    return Indicator(
        value=above / below if below else None,
        numerator=above,
        denominator=below,
        unit=definition.unit,
        period=scope.period,
        as_of=scope.as_of,
        population_n=scope.population_n,
        exclusions=dict(scope.exclusions),
        definition_id=definition.id,
        definition_version=definition.version,
        warnings=warnings,
    )
