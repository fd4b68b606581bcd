"""Figures computed: facts from the repository, answers from the rules, nothing in between but putting together."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context, Id
from xrm_governance import repository
from xrm_governance.answers import Drill, IndicatorCount, IndicatorGroup, IndicatorRow, group_of, plain
from xrm_governance.repository import Subject, Turnover, Window
from xrm_governance.rules import (
    AbcClass,
    AbcItem,
    CustomerHistory,
    Lapse,
    LapseState,
    Period,
    Scope,
    abandonment,
    abc_classes,
    active_spans,
    attrition,
    class_a_share,
    concentration,
    concentration_alerts,
    flows,
    gini,
    is_lost,
    lapse,
    top_share,
)
from xrm_governance.shipped import loss_kinds, share_limits

# Control closure is not computed yet, so companies of one group stand apart (rules.md E16, B5).
NOT_CONSOLIDATED = "GROUPS_NOT_CONSOLIDATED"
REPEATED = "POSSIBLE_DUPLICATES_INCLUDED"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which facts a figure is over, whether apart by category, and how many rows it shows."""

    window: Window
    by_category: bool = False
    most: int = 10

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """The first and last day."""
        return self.window.first, self.window.last


async def churn_figure(ctx: Context, asked: Asked) -> IndicatorGroup:
    """Attrition of the period with its flows, kinds, yearly rate and mean life (rules.md E1)."""
    window = asked.window
    days = await repository.purchase_days(ctx, window.last, window.unit)
    reasons = await repository.loss_reasons(ctx, window.last, window.unit)
    histories = [
        CustomerHistory(str(party), active_spans(bought), reasons.get(party))
        for party, bought in days.items()
    ]
    period = Period(window.first, window.last)
    moved = flows(histories, period, kinds=loss_kinds())
    found = attrition(moved, period)
    parts = {f"logo_churn_{kind.lower()}": part for kind, part in found.by_kind.items()}
    counts = [
        IndicatorCount("active_at_start", moved.start),
        IndicatorCount("acquired", moved.acquired),
        IndicatorCount("reactivated", moved.reactivated),
        IndicatorCount("lost", moved.lost),
        IndicatorCount("intra_period_losses", moved.intra_period_losses),
        IndicatorCount("merged", moved.merged),
        IndicatorCount("active_at_end", moved.end),
        *(IndicatorCount(f"lost_{kind.lower()}", number) for kind, number in moved.lost_by_kind.items()),
    ]
    lost: list[Id[Any]] = [Id(str(one.customer_id)) for one in histories if is_lost(one, period)]
    silent = {party: (window.last - days[party][-1]).days for party in lost}
    rows = _ranked(silent, {party: reasons.get(party) for party in lost})
    drill = Drill(
        {**parts, "annualised": found.annualised, "mean_life": found.mean_life}, tuple(counts), rows
    )
    return group_of({}, asked.span, found.churn, drill, most=asked.most)


async def abandonment_figure(ctx: Context, asked: Asked) -> IndicatorGroup:
    """Who has lapsed by the last day, each judged by its own rhythm (rules.md E1)."""
    as_of = asked.window.last
    days = await repository.purchase_days(ctx, as_of, asked.window.unit)
    judged: dict[Any, Lapse] = {}
    for party, bought in days.items():
        found = lapse(bought, as_of=as_of)
        if found is not None:
            judged[party] = found
    share = abandonment((one.state for one in judged.values()), scope=Scope(len(judged), as_of=as_of))
    gone = {party: one.days_since_last for party, one in judged.items() if one.is_abandoner}
    at_risk = {p: one.days_since_last for p, one in judged.items() if one.state is LapseState.AT_RISK}
    rows = (*_ranked(gone, mark="ABANDONED"), *_ranked(at_risk, mark="AT_RISK"))
    counts = tuple(IndicatorCount(state, number) for state, number in share.by_state.items())
    return group_of({}, asked.span, share.share, Drill({}, counts, rows), most=asked.most)


async def abc_figures(ctx: Context, subject: Subject, asked: Asked) -> list[IndicatorGroup]:
    """The share of class A, by currency, with the classes' counts and sums, Gini and top shares (E11)."""
    return [_abc(keys, rows, scope, asked) for keys, rows, scope in await _by_currency(ctx, subject, asked)]


async def concentration_figures(ctx: Context, subject: Subject, asked: Asked) -> list[IndicatorGroup]:
    """The Herfindahl-Hirschman index by currency, with its kin and those above the limit (E16)."""
    return [
        _concentration(keys, rows, scope, asked)
        for keys, rows, scope in await _by_currency(ctx, subject, asked)
    ]


Facts = tuple[dict[str, Any], Sequence[Turnover], Scope]


async def _by_currency(ctx: Context, subject: Subject, asked: Asked) -> list[Facts]:
    """What was done with each party, apart by currency and, if asked for, by category; one of nothing if none."""
    found: dict[tuple[str, str | None], list[Turnover]] = defaultdict(list)
    for one in await repository.turnover(ctx, subject, asked.window, by_category=asked.by_category):
        found[one.currency, one.category].append(one)
    if not found:
        return [({"subject": str(subject)}, [], Scope(0, Period(*asked.span)))]
    missing = await repository.without_relationship(ctx, subject, asked.window)
    scope = Scope(0, Period(*asked.span), exclusions={"without_relationship": missing} if missing else {})
    return [
        (
            {"subject": str(subject), "currency": currency}
            | ({"category": category} if asked.by_category else {}),
            rows,
            replace(scope, population_n=len(rows)),
        )
        for (currency, category), rows in sorted(
            found.items(), key=lambda pair: (pair[0][0], pair[0][1] or "")
        )
    ]


def _abc(keys: dict[str, Any], rows: Sequence[Turnover], scope: Scope, asked: Asked) -> IndicatorGroup:
    values = _values(rows)
    items = abc_classes(values)
    found = class_a_share(items, scope=scope)
    whole = sum((item.value for item in items if item.value > 0), Decimal(0))
    classes = [_class_count(abc, items, whole) for abc in AbcClass]
    parts = {
        "gini": gini(values, scope=scope),
        **{f"cr{n}": top_share(values, n, scope=scope) for n in (1, 3, 5, 10)},
    }
    shown = tuple(
        IndicatorRow(rank, Id(item.id), item.value, plain(item.share), item.abc)
        for rank, item in enumerate(items, 1)
    )
    counts = (*classes, *_dealings(rows))
    group = group_of(keys, asked.span, found, Drill(parts, counts, shown), most=asked.most)
    return replace(group, warnings=[*group.warnings, *_warnings(rows)])


def _concentration(
    keys: dict[str, Any], rows: Sequence[Turnover], scope: Scope, asked: Asked
) -> IndicatorGroup:
    values = _values(rows)
    positive = {name: value for name, value in values.items() if value > 0}
    left_out = len(values) - len(positive)
    scope = replace(
        scope,
        population_n=len(positive),
        exclusions={**scope.exclusions, **({"not_positive": left_out} if left_out else {})},
    )
    found = concentration(values, scope=scope)
    subject = "SUPPLIERS_OF_CATEGORY" if asked.by_category else "PORTFOLIO"
    above = {
        alert.data["id"] for alert in concentration_alerts(values, subject=subject, limits=share_limits())
    }
    whole = sum(positive.values(), Decimal(0))
    shown = tuple(
        IndicatorRow(rank, Id(name), value, plain(value / whole), "ABOVE_LIMIT" if name in above else None)
        for rank, (name, value) in enumerate(_descending(positive), 1)
    )
    parts = {
        "effective_number": found.effective_number,
        "hhi_normalised": found.normalised,
        "cr1": found.cr1,
        "cr3": found.cr3,
        "cr5": found.cr5,
    }
    counts = (
        *([IndicatorCount(found.band, 1)] if found.band else []),
        IndicatorCount("ABOVE_LIMIT", len(above)),
        *_dealings(rows),
    )
    group = group_of(keys, asked.span, found.hhi, Drill(parts, counts, shown), most=asked.most)
    return replace(group, warnings=[*group.warnings, *_warnings(rows)])


def _values(rows: Sequence[Turnover]) -> dict[str, Decimal]:
    return {str(one.party): one.amount for one in rows}


def _descending(values: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))


def _class_count(abc: AbcClass, items: Sequence[AbcItem], whole: Decimal) -> IndicatorCount:
    mine = [item.value for item in items if item.abc is abc]
    amount = sum(mine, Decimal(0))
    return IndicatorCount(abc, len(mine), plain(amount), plain(amount / whole) if whole else None)


def _dealings(rows: Sequence[Turnover]) -> list[IndicatorCount]:
    """How many dealings the figure stands on, and how many of them repeat an earlier row of their source."""
    amount = sum((one.amount for one in rows), Decimal(0))
    repeated = sum(one.repeated for one in rows)
    found = [IndicatorCount("dealings", sum(one.dealings for one in rows), plain(amount))]
    return [*found, IndicatorCount("possible_duplicates", repeated)] if repeated else found


def _warnings(rows: Sequence[Turnover]) -> list[str]:
    return [*([NOT_CONSOLIDATED] if rows else []), *([REPEATED] if any(one.repeated for one in rows) else [])]


def _ranked(
    values: Mapping[Any, int], marks: Mapping[Any, str | None] | None = None, *, mark: str | None = None
) -> tuple[IndicatorRow, ...]:
    ordered = sorted(values.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return tuple(
        IndicatorRow(rank, party, Decimal(value), None, marks.get(party) if marks else mark)
        for rank, (party, value) in enumerate(ordered, 1)
    )
