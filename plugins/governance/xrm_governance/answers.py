"""What governance answers with: figures that show how they came about (rules.md R-0-06)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any

from xrm_core.declare import Id
from xrm_core.graph.party import Party
from xrm_core.money import round_half_up
from xrm_governance.rules import Indicator as Ratio

# As many places as the databases keep (design: both give the same answer).
_PLACES = 6
_PRECISION = 90


def plain(value: Decimal | int | None) -> Decimal | None:
    """The number with at most six places, written without an exponent."""
    if value is None:
        return None
    with localcontext() as context:
        context.prec = _PRECISION
        rounded = round_half_up(Decimal(value), _PLACES).normalize()
        return rounded if rounded.as_tuple().exponent <= 0 else rounded.quantize(Decimal(1))  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class IndicatorPart:
    """A figure beside the main one: over the same parties, with its own definition."""

    name: str
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal
    unit: str
    definition_id: str
    definition_version: int
    warnings: list[str]

    @classmethod
    def of(cls, name: str, found: Ratio) -> "IndicatorPart":
        """The rules' figure as the API shows it."""
        return cls(
            name,
            plain(found.value),
            _number(found.numerator),
            _number(found.denominator),
            found.unit,
            found.definition_id,
            found.definition_version,
            list(found.warnings),
        )


@dataclass(frozen=True, slots=True)
class IndicatorCount:
    """How many objects fall under a heading, and what they sum up to."""

    key: str
    count: int
    value: Decimal | None = None
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """A party behind the figure: its rank, its amount or days, its share, and its class or state."""

    rank: int
    party: Id[Party]
    value: Decimal
    share: Decimal | None
    mark: str | None


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    """A figure over one subject, currency, category or part of the period; amounts are never mixed.

    Ratios are fractions. `value` is null where the denominator is zero, and a warning says so. `counts` and
    `rows` lead down to what was counted; `rowCount` is how many rows there are in all.
    """

    keys: dict[str, Any]
    from_: dt.date
    to: dt.date
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal
    unit: str
    population: int
    exclusions: dict[str, Any]
    warnings: list[str]
    definition_id: str
    definition_version: int
    parts: list[IndicatorPart]
    counts: list[IndicatorCount]
    rows: list[IndicatorRow]
    row_count: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """A key figure of a period. Where several groups cannot be added up, value and its parts are null.

    `groups` has every subject, currency, category or part of the period; with one group it is that one's figure.
    """

    name: str
    title: str
    from_: dt.date
    to: dt.date
    as_of: dt.date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    unit: str
    population: int
    exclusions: dict[str, Any]
    warnings: list[str]
    definition_id: str
    definition_version: int
    groups: list[IndicatorGroup]


@dataclass(frozen=True, slots=True)
class IndicatorDefinition:
    """What an indicator says, in the reader's language, and what it can be grouped by."""

    name: str
    title: str
    description: str
    unit: str
    definition_id: str
    definition_version: int
    group_by: list[str]


@dataclass(frozen=True, slots=True)
class Drill:
    """What lies behind a figure: headings with their numbers, and parties from the most important down."""

    parts: Mapping[str, Ratio] = field(default_factory=dict)
    counts: tuple[IndicatorCount, ...] = ()
    rows: tuple[IndicatorRow, ...] = ()


def group_of(
    keys: dict[str, Any], span: tuple[dt.date, dt.date], found: Ratio, drill: Drill, *, most: int
) -> IndicatorGroup:
    """The rules' figure with at most so many of the rows behind it."""
    return IndicatorGroup(
        keys=keys,
        from_=span[0],
        to=span[1],
        value=plain(found.value),
        numerator=_number(found.numerator),
        denominator=_number(found.denominator),
        unit=found.unit,
        population=found.population_n,
        exclusions=dict(found.exclusions),
        warnings=list(found.warnings),
        definition_id=found.definition_id,
        definition_version=found.definition_version,
        parts=[IndicatorPart.of(name, part) for name, part in drill.parts.items()],
        counts=list(drill.counts),
        rows=list(drill.rows[:most]),
        row_count=len(drill.rows),
    )


def _number(value: Decimal) -> Decimal:
    return plain(value) or Decimal(0)
