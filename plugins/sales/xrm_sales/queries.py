"""What one can ask of sales beyond lists: the forecast of a period, and what may be done with a customer."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context, Id, Money
from xrm_core.declare.question import query
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.money import total
from xrm_core.periods import CalendarPeriod, calendar_period
from xrm_sales import repository
from xrm_sales.errors import SeveralCurrencies
from xrm_sales.gates import gates
from xrm_sales.models import Opportunity
from xrm_sales.party import AllowedAction
from xrm_sales.repository import Sized
from xrm_sales.rules import Excluded, ForecastCategory, ForecastItem, Pipeline
from xrm_sales.rules import forecast as forecast_of

# Where nothing says which currency a forecast of nothing is in.
_CURRENCY = "EUR"
# Left out, and something somebody should do about it; what belongs to other periods is none.
_LISTED = ("STALE", "OTHER_CURRENCY")


@dataclass(frozen=True, slots=True)
class ForecastExclusion:
    """An opportunity that the forecast leaves out, and why: STALE or OTHER_CURRENCY."""

    opportunity: Id[Opportunity]
    reason: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a period will bring, of what the asker may read (rules.md D3).

    `commit` and `bestCase` are cumulative, `openPipeline` is what is open alone. `attainment` and `coverage`
    are fractions, null without a quota; `warnings` say why. `exclusions` counts what is left out by reason.
    """

    period: str
    from_: dt.date
    to: dt.date
    as_of: dt.date
    currency: str
    weighted: Money
    closed: Money
    commit: Money
    best_case: Money
    open_pipeline: Money
    quota: Money | None
    attainment: Decimal | None
    coverage: Decimal | None
    population: int
    excluded: list[ForecastExclusion]
    exclusions: dict[str, int]
    warnings: list[str]


@query("sales.opportunity.forecast")
async def forecast(
    ctx: Context, period: str, team: Id[Party] | None = None, currency: str | None = None
) -> Forecast:
    """The forecast of a period (2026, 2026-Q3, 2026-09), of all or of one team, which is a unit of ours."""
    span = calendar_period(period)
    sized = await repository.to_forecast(ctx, span.first, span.last, team)
    quotas = await repository.quotas(ctx, span.name, team)
    chosen = currency or _only_currency(sized, quotas, span)
    quota = total((one for one in quotas if one.currency == chosen), currency=chosen) if quotas else None
    if quota is not None and not quota.amount:
        quota = None
    stages = await repository.pipeline_of(ctx)
    found = forecast_of(
        [_item(one, stages) for one in sized],
        from_on=span.first,
        to_on=span.last,
        today=ctx.today,
        currency=chosen,
        quota=quota.amount if quota else None,
    )
    return Forecast(
        period=span.name,
        from_=span.first,
        to=span.last,
        as_of=ctx.today,
        currency=chosen,
        weighted=found.weighted,
        closed=found.closed,
        commit=found.commit,
        best_case=found.best_case,
        open_pipeline=found.pipeline_open,
        quota=quota,
        attainment=found.attainment,
        coverage=found.coverage,
        population=found.population,
        excluded=_listed(found.excluded),
        exclusions=dict(Counter(one.reason for one in found.excluded)),
        warnings=list(found.warnings),
    )


@query("sales.standing.allowed_actions")
async def allowed_actions(ctx: Context, relationship_id: Id[Relationship]) -> list[AllowedAction]:
    """Every commercial action towards a customer, allowed or refused with every rule that fails (rules.md A6)."""
    edge = await ctx.get(Relationship, relationship_id, field="relationshipId")
    return [AllowedAction.of(gate) for gate in (await gates(ctx, [edge]))[edge.id]]


def _item(one: Sized, stages: Pipeline) -> ForecastItem:
    outcome = stages.stage(one.stage).outcome
    return ForecastItem(
        one.id, one.amount, one.probability, ForecastCategory(one.category), outcome, one.close_on
    )


def _only_currency(sized: list[Sized], quotas: list[Money], span: CalendarPeriod) -> str:
    """The one currency of what falls into the period. Raises: SeveralCurrencies."""
    falling = {one.amount.currency for one in sized if span.first <= one.close_on <= span.last}
    currencies = sorted(falling or {quota.currency for quota in quotas})
    if len(currencies) > 1:
        raise SeveralCurrencies(currencies)
    return currencies[0] if currencies else _CURRENCY


def _listed(excluded: tuple[Excluded, ...]) -> list[ForecastExclusion]:
    named: list[Any] = [one for one in excluded if one.reason in _LISTED]
    return [ForecastExclusion(one.opportunity_id, one.reason) for one in named]
