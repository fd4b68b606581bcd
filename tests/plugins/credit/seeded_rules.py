"""The shipped figures of credit as rules take them, and short ways to write a late debt in a test."""

import csv
from datetime import date
from decimal import Decimal
from importlib.resources import files

from xrm_core.money import Money
from xrm_credit.rules import (
    ClaimTerms,
    Debt,
    DunningProcedure,
    IndemnityRate,
    InterestRegime,
    InterestTerms,
    RateSeries,
    ReferenceRates,
    ReleaseRule,
    dunning_procedures,
    indemnity_rates,
    interest_regimes,
    rate_series,
    regime_on,
    release_rules,
)

_FILE_OF = {"ref_rate.ecb_mro": "ecb_mro.csv"}


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed file of the plugin."""
    text = (files("xrm_credit") / "seeds" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _series(row: dict[str, str]) -> RateSeries:
    through = date.fromisoformat(row["published_through"])
    rows = seed(_FILE_OF.get(row["series"], "legal_rates.csv"))
    return rate_series(rows, key=row["series"], published_through=through)


RATES = ReferenceRates({row["series"]: _series(row) for row in seed("rate_series.csv")})
REGIMES: list[InterestRegime] = interest_regimes(seed("interest_regimes.csv"))
INDEMNITIES: list[IndemnityRate] = indemnity_rates(seed("indemnities.csv"))
RELEASES: list[ReleaseRule] = release_rules(seed("dunning_release.csv"))


def procedures(on: date = date(2026, 1, 1)) -> dict[str, DunningProcedure]:
    """The shipped procedures in force on a day."""
    return dunning_procedures(seed("dunning_procedure.csv"), on=on)


def terms(regime: str, *, contract_percent: str | None = None) -> InterestTerms:
    """Terms under a shipped regime, the contract rate in percent."""
    rate = Decimal(contract_percent) / 100 if contract_percent else None
    return InterestTerms(regime_on(REGIMES, regime, date(2026, 1, 1)), rate)


def claim_terms(regime: str) -> ClaimTerms:
    """What a claim is computed with under a shipped regime."""
    return ClaimTerms(terms(regime), RATES, INDEMNITIES)


def euros(amount: str | int) -> Money:
    """An amount in EUR."""
    return Money(Decimal(amount), "EUR")


def debt(amount: str | int, due_on: str) -> Debt:
    """A debt in EUR."""
    return Debt(euros(amount), date.fromisoformat(due_on))


def day(text: str) -> date:
    """A date written as text."""
    return date.fromisoformat(text)
