"""Concentration: the Herfindahl-Hirschman index and its kin, and when a share is too large."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from xrm_core.errors import DomainError, Refusal
from xrm_governance.rules.indicator import Definition, Indicator, Scope, ratio
from xrm_governance.rules.pareto import negative_warning, top_share

HHI = Definition("governance.hhi", 1, "points")
EFFECTIVE_NUMBER = Definition("governance.effective_number", 1, "count")
NORMALISED_HHI = Definition("governance.hhi_normalised", 1, "fraction")

_POINTS = 10_000
# Squares of large sums need more digits than a value has.
_PRECISION = 90


class Band(StrEnum):
    """How concentrated a market would be called; here only a scale of colour (rules.md E16)."""

    UNCONCENTRATED = "UNCONCENTRATED"
    MODERATELY_CONCENTRATED = "MODERATELY_CONCENTRATED"
    HIGHLY_CONCENTRATED = "HIGHLY_CONCENTRATED"


class UnknownConcentrationSubject(DomainError):
    """No limit is known for that subject."""

    code = "governance.unknown_concentration_subject"

    def __init__(self, subject: str) -> None:
        super().__init__(f"There is no concentration limit for {subject}.", field="subject")


@dataclass(frozen=True, slots=True)
class BandLimits:
    """Index points from which on a market is moderately, and above which it is highly concentrated."""

    moderate_from: Decimal = Decimal(1_000)
    high_above: Decimal = Decimal(1_800)


@dataclass(frozen=True, slots=True)
class Concentration:
    """How concentrated a total is. HHI runs to 10 000 points, the other ratios are fractions."""

    hhi: Indicator
    effective_number: Indicator
    normalised: Indicator
    cr1: Indicator
    cr3: Indicator
    cr5: Indicator
    band: Band | None


def concentration(
    values: Mapping[str, Decimal], *, scope: Scope, limits: BandLimits | None = None
) -> Concentration:
    """Index, effective number, normalised index and the shares of the 1, 3 and 5 largest (rules.md E16).

    Only positive values count; negative ones are left out with a warning. Without any, values are None.
    """
    counted = [value for value in values.values() if value > 0]
    warnings = negative_warning(values)
    with localcontext() as context:
        context.prec = _PRECISION
        squares = sum((value * value for value in counted), Decimal(0))
        square_of_sum = sum(counted, Decimal(0)) ** 2
        points = _POINTS * squares
        # (H - 1/N) / (1 - 1/N), both sides times N and the square of the sum, to divide only once.
        above, below = len(counted) * squares - square_of_sum, (len(counted) - 1) * square_of_sum
    hhi = ratio(HHI, points, square_of_sum, scope=scope, warnings=warnings)
    effective = ratio(EFFECTIVE_NUMBER, square_of_sum, squares, scope=scope, warnings=warnings)
    normalised = ratio(NORMALISED_HHI, above, below, scope=scope, warnings=warnings)
    cr1, cr3, cr5 = (top_share(values, n, scope=scope) for n in (1, 3, 5))
    band = None if hhi.value is None else band_of(hhi.value, limits or BandLimits())
    return Concentration(hhi, effective, normalised, cr1, cr3, cr5, band)


def band_of(hhi: Decimal, limits: BandLimits) -> Band:
    """The band of an index in points."""
    if hhi > limits.high_above:
        return Band.HIGHLY_CONCENTRATED
    return Band.MODERATELY_CONCENTRATED if hhi >= limits.moderate_from else Band.UNCONCENTRATED


def concentration_alerts(
    values: Mapping[str, Decimal], *, subject: str, limits: Mapping[str, Decimal]
) -> list[Refusal]:
    """One alert per object whose share is above the subject's limit, largest first; empty if none is.

    Source: rules.md E16. Raises: UnknownConcentrationSubject.
    """
    if subject not in limits:
        raise UnknownConcentrationSubject(subject)
    whole = sum((value for value in values.values() if value > 0), Decimal(0))
    ordered = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        _alert(name, value / whole, subject, limits[subject])
        for name, value in ordered
        if value > limits[subject] * whole and value > 0
    ]


def consolidated(values: Mapping[str, Decimal], group_of: Mapping[str, str]) -> dict[str, Decimal]:
    """The values summed by group; an object without a group stands for itself (rules.md E16, B5)."""
    sums: dict[str, Decimal] = {}
    for name, value in values.items():
        group = group_of.get(name, name)
        sums[group] = sums.get(group, Decimal(0)) + value
    return sums


def concentration_limits(rows: Iterable[Mapping[str, str]]) -> dict[str, Decimal]:
    """Limit by subject, as a fraction, from rows of text."""
    return {row["subject"]: Decimal(row["limit"]) for row in rows}


def _alert(name: str, share: Decimal, subject: str, limit: Decimal) -> Refusal:
    message = f"{name} holds {share * 100:.1f} % of {subject}, above {limit * 100:f} %."
    data = {"id": name, "share": str(share), "limit": str(limit), "subject": subject}
    return Refusal("governance.concentration_above_limit", message, data=data)
