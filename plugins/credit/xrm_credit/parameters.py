"""The published figures as the rules take them, read once for a computation."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context
from xrm_credit import models, repository
from xrm_credit.rules import (
    ClaimTerms,
    DunningLevel,
    DunningProcedure,
    IndemnityRate,
    InterestRegime,
    InterestTerms,
    RateMethod,
    RateSeries,
    RateStep,
    ReferenceRates,
    ReleaseRule,
    regime_on,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates, regimes, indemnities, procedures and release rules, as they stand in the books."""

    rates: ReferenceRates
    regimes: Sequence[InterestRegime]
    indemnities: Sequence[IndemnityRate]
    procedures: Mapping[str, DunningProcedure]
    releases: Sequence[ReleaseRule]

    def terms(self, regime: str, contract_rate: Decimal | None, *, on: date) -> ClaimTerms:
        """What a claim under the regime is computed with. Raises: UnknownRegime."""
        interest = InterestTerms(regime_on(self.regimes, regime, on), contract_rate)
        return ClaimTerms(interest, self.rates, self.indemnities)


async def figures(ctx: Context, *, on: date) -> Figures:
    """All figures; of each dunning procedure the version in force on the day."""
    return Figures(
        await _rates(ctx),
        [_regime(row) for row in await repository.every(ctx, models.InterestRegime)],
        [_indemnity(row) for row in await repository.every(ctx, models.RecoveryIndemnity)],
        _procedures(await repository.every(ctx, models.DunningLevel), on),
        [
            ReleaseRule(row.relation, row.from_level)
            for row in await repository.every(ctx, models.DunningRelease)
        ],
    )


async def regimes(ctx: Context) -> list[InterestRegime]:
    """The interest regimes, every version of each."""
    return [_regime(row) for row in await repository.every(ctx, models.InterestRegime)]


async def _rates(ctx: Context) -> ReferenceRates:
    steps: defaultdict[Any, list[RateStep]] = defaultdict(list)
    for row in await repository.every(ctx, models.ReferenceRate):
        step = RateStep(row.effective_from, row.rate, is_verified=row.is_verified, source=row.source)
        steps[row.index].append(step)
    return ReferenceRates(
        {
            row.key: RateSeries.of(row.key, steps[row.id], published_through=row.published_through)
            for row in await repository.every(ctx, models.ReferenceIndex)
        }
    )


def _regime(row: models.InterestRegime) -> InterestRegime:
    return InterestRegime(
        code=row.code,
        effective_from=row.effective_from,
        method=RateMethod(row.method),
        series=row.series,
        margin=row.margin,
        legal_basis=row.legal_basis,
        floor_multiple=row.floor_multiple,
        reference_lag_days=row.reference_lag_days,
        is_waiver_allowed=row.is_waiver_allowed,
    )


def _indemnity(row: models.RecoveryIndemnity) -> IndemnityRate:
    return IndemnityRate(row.regime, row.effective_from, row.amount_from, row.amount, row.legal_basis)


def _procedures(rows: Sequence[models.DunningLevel], on: date) -> dict[str, DunningProcedure]:
    versions: defaultdict[str, defaultdict[date, list[DunningLevel]]]
    versions = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.effective_from <= on:
            versions[row.procedure][row.effective_from].append(_level(row))
    return {
        code: DunningProcedure(code, tuple(sorted(by_day[max(by_day)], key=lambda level: level.level)))
        for code, by_day in versions.items()
    }


def _level(row: models.DunningLevel) -> DunningLevel:
    return DunningLevel(
        level=row.level,
        code=row.code,
        names={"fr": row.name_fr, "en": row.name_en},
        days_past_due=row.days_past_due,
        channels=tuple(row.channels),
        minimum_interval_days=row.minimum_interval_days,
        has_call_task=row.has_call_task,
        hold=row.hold,
        payment_deadline_days=row.payment_deadline_days,
        claims_interest=row.claims_interest,
        claims_indemnity=row.claims_indemnity,
        minimum_total=row.minimum_total,
        minimum_item=row.minimum_item,
    )
