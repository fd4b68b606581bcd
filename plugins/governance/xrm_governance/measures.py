"""Indicators by name: whole, apart by currency or category, or cut into months, quarters, years."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from xrm_core.declare import Context
from xrm_core.periods import CalendarPeriod, months
from xrm_governance.answers import Indicator, IndicatorGroup
from xrm_governance.errors import NotGroupable, PeriodTooLong
from xrm_governance.figures import (
    Asked,
    abandonment_figure,
    abc_figures,
    churn_figure,
    concentration_figures,
)
from xrm_governance.repository import Subject
from xrm_governance.shipped import Shipped

SEVERAL_CURRENCIES = "SEVERAL_CURRENCIES"
SEVERAL_SUBJECTS = "SEVERAL_SUBJECTS"
_MONTHS_OF = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_MOST_PARTS = 36


async def measure(
    ctx: Context, shipped: Shipped, subjects: Sequence[Subject], asked: Asked, group_by: str | None
) -> Indicator:
    """The indicator over all, and its groups. Raises: NotGroupable, PeriodTooLong."""
    if group_by is not None and group_by not in shipped.group_by:
        raise NotGroupable(shipped.name, group_by, shipped.group_by)
    whole = await _figures(ctx, shipped.name, subjects, asked)
    groups = whole
    if group_by == "CATEGORY":
        groups = await _figures(ctx, shipped.name, subjects, replace(asked, by_category=True))
    elif group_by in _MONTHS_OF:
        groups = []
        for part in parts(*asked.span, _MONTHS_OF[group_by]):
            window = replace(asked.window, first=part.first, last=part.last)
            found = await _figures(ctx, shipped.name, subjects, replace(asked, window=window))
            groups += [replace(one, keys={"period": part.name, **one.keys}) for one in found]
    return _one(ctx, shipped, whole, groups)


def parts(first: dt.date, last: dt.date, size: int) -> list[CalendarPeriod]:
    """The months, quarters or years of the calendar in a span, cut off at its ends. Raises: PeriodTooLong."""
    found: dict[str, CalendarPeriod] = {}
    for month in months(first, last):
        name = _name_of(month, size)
        known = found.get(name, CalendarPeriod(name, max(month.first, first), month.last))
        found[name] = replace(known, last=min(month.last, last))
    if len(found) > _MOST_PARTS:
        raise PeriodTooLong(len(found), _MOST_PARTS)
    return list(found.values())


def _name_of(month: CalendarPeriod, size: int) -> str:
    year, number = month.first.year, month.first.month
    return {1: month.name, 3: f"{year:04d}-Q{(number + 2) // 3}", 12: f"{year:04d}"}[size]


async def _figures(
    ctx: Context, name: str, subjects: Sequence[Subject], asked: Asked
) -> list[IndicatorGroup]:
    if name == "logo_churn":
        return [await churn_figure(ctx, asked)]
    if name == "abandonment":
        return [await abandonment_figure(ctx, asked)]
    compute = abc_figures if name == "abc" else concentration_figures
    found = [one for subject in subjects for one in await compute(ctx, subject, asked)]
    # A subject without any facts says nothing beside one that has some.
    return [one for one in found if "currency" in one.keys] or found[:1]


def _one(
    ctx: Context, shipped: Shipped, whole: Sequence[IndicatorGroup], groups: Sequence[IndicatorGroup]
) -> Indicator:
    first = whole[0]
    warnings = list(first.warnings)
    if len(whole) > 1:
        several = len({one.keys["subject"] for one in whole}) > 1
        warnings = [SEVERAL_SUBJECTS if several else SEVERAL_CURRENCIES]
    is_one = len(whole) == 1
    return Indicator(
        name=shipped.name,
        title=shipped.titles.get(ctx.actor.language, shipped.titles["en"]),
        from_=first.from_,
        to=first.to,
        as_of=min(first.to, ctx.today),
        value=first.value if is_one else None,
        numerator=first.numerator if is_one else None,
        denominator=first.denominator if is_one else None,
        unit=first.unit,
        population=sum(one.population for one in whole),
        exclusions=first.exclusions if is_one else {},
        warnings=warnings,
        definition_id=first.definition_id,
        definition_version=first.definition_version,
        groups=list(groups),
    )
