"""Rows of text, as in the seeds, turned into the rates, regimes, indemnities and procedures they state."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from xrm_core.money import Money
from xrm_credit.rules.claims import IndemnityRate
from xrm_credit.rules.procedure import DunningLevel, DunningProcedure, ReleaseRule
from xrm_credit.rules.rates import RateSeries, RateStep
from xrm_credit.rules.regimes import InterestRegime, RateMethod

Row = Mapping[str, str]


def rate_series(rows: Iterable[Row], *, key: str, published_through: date) -> RateSeries:
    """The series with that key from rows of effective_from, rate, verified, source.

    Rows that name a `series` of their own count only if it is this one.
    """
    steps = (
        RateStep(
            date.fromisoformat(row["effective_from"]),
            Decimal(row["rate"]),
            is_verified=_flag(row["verified"]),
            source=row["source"],
        )
        for row in rows
        if row.get("series", key) == key
    )
    return RateSeries.of(key, steps, published_through=published_through)


def interest_regimes(rows: Iterable[Row]) -> list[InterestRegime]:
    """The regime table, one entry per row."""
    return [
        InterestRegime(
            code=row["regime"],
            effective_from=date.fromisoformat(row["effective_from"]),
            method=RateMethod(row["method"]),
            series=row["series"],
            margin=Decimal(row["margin"] or 0),
            legal_basis=row["legal_basis"],
            floor_multiple=Decimal(row["floor_multiple"] or 0),
            reference_lag_days=int(row["reference_lag_days"]),
            is_waiver_allowed=_flag(row["is_waiver_allowed"]),
        )
        for row in rows
    ]


def indemnity_rates(rows: Iterable[Row]) -> list[IndemnityRate]:
    """The fixed recovery sums, one entry per row."""
    return [
        IndemnityRate(
            row["regime"],
            date.fromisoformat(row["effective_from"]),
            Decimal(row["amount_from"]),
            Money(Decimal(row["amount"]), row["currency"]),
            row["legal_basis"],
        )
        for row in rows
    ]


def dunning_procedures(rows: Iterable[Row], *, on: date) -> dict[str, DunningProcedure]:
    """Each procedure in its latest version in force on the day, by code."""
    versions: defaultdict[str, defaultdict[date, list[DunningLevel]]]
    versions = defaultdict(lambda: defaultdict(list))
    for row in rows:
        effective_from = date.fromisoformat(row["effective_from"])
        if effective_from <= on:
            versions[row["procedure"]][effective_from].append(_level(row))
    return {
        code: DunningProcedure(code, tuple(sorted(by_day[max(by_day)], key=lambda level: level.level)))
        for code, by_day in versions.items()
    }


def release_rules(rows: Iterable[Row]) -> list[ReleaseRule]:
    """Whose letters an owner releases, one entry per row."""
    return [ReleaseRule(row["relation"], int(row["from_level"])) for row in rows]


def _level(row: Row) -> DunningLevel:
    deadline = row["payment_deadline_days"]
    return DunningLevel(
        level=int(row["level"]),
        code=row["code"],
        names={"fr": row["name_fr"], "en": row["name_en"]},
        days_past_due=int(row["days_past_due"]),
        channels=tuple(row["channels"].split("|")),
        minimum_interval_days=int(row["minimum_interval_days"]),
        has_call_task=_flag(row["has_call_task"]),
        hold=row["hold"],
        payment_deadline_days=int(deadline) if deadline else None,
        claims_interest=_flag(row["claims_interest"]),
        claims_indemnity=_flag(row["claims_indemnity"]),
        minimum_total=_money(row["minimum_total"], row["currency"]),
        minimum_item=_money(row["minimum_item"], row["currency"]),
    )


def _money(amount: str, currency: str) -> Money | None:
    return Money(Decimal(amount), currency) if amount else None


def _flag(text: str) -> bool:
    return text.strip().lower() == "true"
