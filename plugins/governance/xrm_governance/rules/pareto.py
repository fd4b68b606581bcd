"""ABC classes by cumulative share, the share of the largest, and the Gini coefficient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from xrm_governance.rules.indicator import Definition, Indicator, Scope, ratio

GINI = Definition("governance.gini", 1, "fraction")
TOP_SHARE = Definition("governance.top_share", 1, "fraction")
CLASS_A_SHARE = Definition("governance.abc_class_a", 1, "fraction")


class AbcClass(StrEnum):
    """A the few that carry most, B the middle, C the rest (rules.md E11)."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class AbcCuts:
    """Cumulative shares, before adding an item, below which it is A, else B."""

    a_below: Decimal = Decimal("0.80")
    b_below: Decimal = Decimal("0.95")


@dataclass(frozen=True, slots=True)
class AbcItem:
    """One object with its class; `share` is None for a negative value, which is C and flagged."""

    id: str
    value: Decimal
    share: Decimal | None
    abc: AbcClass
    is_negative: bool


def abc_classes(values: Mapping[str, Decimal], *, cuts: AbcCuts | None = None) -> list[AbcItem]:
    """Every object with its class, largest first, equal values in one class and by id (rules.md E11).

    Shares are of the sum of what is not negative.
    """
    limits = cuts or AbcCuts()
    whole = sum((value for value in values.values() if value > 0), Decimal(0))
    ordered = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    result = []
    before = Decimal(0)
    for value, group in groupby(ordered, key=lambda pair: pair[1]):
        abc = _class(value, before, whole, limits)
        for name, _ in group:
            share = value / whole if whole and value >= 0 else None
            result.append(AbcItem(name, value, share, abc, value < 0))
            before += max(value, Decimal(0))
    return result


def class_a_share(items: Sequence[AbcItem], *, scope: Scope) -> Indicator:
    """The share of class A in the number of objects: how few carry most of the whole (rules.md E11)."""
    negative = ("NEGATIVE_VALUES_IN_CLASS_C",) if any(item.is_negative for item in items) else ()
    few = sum(item.abc is AbcClass.A for item in items)
    return ratio(CLASS_A_SHARE, few, len(items), scope=scope, warnings=negative)


def top_share(values: Mapping[str, Decimal], n: int, *, scope: Scope) -> Indicator:
    """The share of the n largest in the sum of what is not negative."""
    positive = sorted((value for value in values.values() if value > 0), reverse=True)
    numerator, denominator = sum(positive[:n], Decimal(0)), sum(positive, Decimal(0))
    return ratio(TOP_SHARE, numerator, denominator, scope=scope, warnings=negative_warning(values))


def gini(values: Mapping[str, Decimal], *, scope: Scope) -> Indicator:
    """The Gini coefficient of what is not negative: 0 if all are equal, (n - 1) / n if one has all.

    Source: rules.md E11; G = sum((2 i - n - 1) x_i) / (n sum(x_i)), x ascending.
    """
    counted = sorted(value for value in values.values() if value >= 0)
    n = len(counted)
    weighted = sum(((2 * rank - n - 1) * value for rank, value in enumerate(counted, 1)), Decimal(0))
    denominator = n * sum(counted, Decimal(0))
    return ratio(GINI, weighted, denominator, scope=scope, warnings=negative_warning(values))


def negative_warning(values: Mapping[str, Decimal]) -> tuple[str, ...]:
    """A warning if some values are negative and therefore left out."""
    return ("NEGATIVE_VALUES_LEFT_OUT",) if any(value < 0 for value in values.values()) else ()


def _class(value: Decimal, before: Decimal, whole: Decimal, cuts: AbcCuts) -> AbcClass:
    if value < 0 or whole == 0:
        return AbcClass.C
    if before < cuts.a_below * whole:
        return AbcClass.A
    return AbcClass.B if before < cuts.b_below * whole else AbcClass.C
