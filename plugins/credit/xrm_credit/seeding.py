"""The figures the plugin ships, written where they are not there yet; what was changed locally stays."""

import csv
import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

from xrm_core.declare import Context
from xrm_core.ids import derived_id
from xrm_core.money import Money
from xrm_credit import models, repository

Row = Mapping[str, str]

_DAY = dt.date.fromisoformat


def _flag(text: str) -> bool:
    return text.strip().lower() == "true"


def _money(amount: str, currency: str) -> Money | None:
    return Money(Decimal(amount), currency) if amount else None


def _index(row: Row) -> dict[str, Any]:
    return {
        "key": row["series"],
        "published_through": _DAY(row["published_through"]),
        "title_fr": row["title_fr"],
        "title_en": row["title_en"],
    }


def _regime(row: Row) -> dict[str, Any]:
    return {
        "code": row["regime"],
        "effective_from": _DAY(row["effective_from"]),
        "method": row["method"],
        "series": row["series"],
        "margin": Decimal(row["margin"] or 0),
        "floor_multiple": Decimal(row["floor_multiple"] or 0),
        "reference_lag_days": int(row["reference_lag_days"]),
        "is_waiver_allowed": _flag(row["is_waiver_allowed"]),
        "legal_basis": row["legal_basis"],
        "is_verified": _flag(row["verified"]),
        "source": row["source"],
    }


def _indemnity(row: Row) -> dict[str, Any]:
    return {
        "regime": row["regime"],
        "effective_from": _DAY(row["effective_from"]),
        "amount_from": Decimal(row["amount_from"]),
        "amount": _money(row["amount"], row["currency"]),
        "legal_basis": row["legal_basis"],
        "is_verified": _flag(row["verified"]),
        "source": row["source"],
    }


def _level(row: Row) -> dict[str, Any]:
    deadline = row["payment_deadline_days"]
    texts = {name: row[name] for name in ("procedure", "code", "name_fr", "name_en", "hold")}
    numbers = {name: int(row[name]) for name in ("level", "days_past_due", "minimum_interval_days")}
    flags = {name: _flag(row[name]) for name in ("has_call_task", "claims_interest", "claims_indemnity")}
    minima = {name: _money(row[name], row["currency"]) for name in ("minimum_total", "minimum_item")}
    return {
        **texts,
        **numbers,
        **flags,
        **minima,
        "effective_from": _DAY(row["effective_from"]),
        "channels": row["channels"].split("|"),
        "payment_deadline_days": int(deadline) if deadline else None,
    }


def _release(row: Row) -> dict[str, Any]:
    return {"relation": row["relation"], "from_level": int(row["from_level"]), "note": row["note"]}


def _bound(row: Row) -> dict[str, Any]:
    return {"effective_from": _DAY(row["effective_from"]), "upper_days": int(row["upper_days"])}


# Model, file, what a line says, and the fields that tell one line from another.
_SHIPPED: tuple[tuple[Any, str, Callable[[Row], dict[str, Any]], tuple[str, ...]], ...] = (
    (models.ReferenceIndex, "rate_series.csv", _index, ("key",)),
    (models.InterestRegime, "interest_regimes.csv", _regime, ("code", "effective_from")),
    (models.RecoveryIndemnity, "indemnities.csv", _indemnity, ("regime", "effective_from", "amount_from")),
    (models.DunningLevel, "dunning_procedure.csv", _level, ("procedure", "effective_from", "level")),
    (models.DunningRelease, "dunning_release.csv", _release, ("relation",)),
    (models.AgingBound, "aging_bounds.csv", _bound, ("effective_from", "upper_days")),
)


async def seed_figures(ctx: Context) -> None:
    """Every shipped figure that is not there is written; nothing that is there is touched."""
    for model, file, read, key in _SHIPPED:
        rows = [read(row) for row in shipped(file)]
        await _write(ctx, model, {_id(ctx, model, row, key): row for row in rows})
    rates = [_rate(ctx, row, "ref_rate.ecb_mro") for row in shipped("ecb_mro.csv")]
    rates += [_rate(ctx, row, row["series"]) for row in shipped("legal_rates.csv")]
    key = ("index", "effective_from")
    await _write(ctx, models.ReferenceRate, {_id(ctx, models.ReferenceRate, row, key): row for row in rates})


def shipped(file: str) -> list[dict[str, str]]:
    """The lines of a seed file."""
    text = files("xrm_credit").joinpath("seeds", file).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _rate(ctx: Context, row: Row, series: str) -> dict[str, Any]:
    return {
        "index": _id(ctx, models.ReferenceIndex, {"key": series}, ("key",)),
        "effective_from": _DAY(row["effective_from"]),
        "rate": Decimal(row["rate"]),
        "is_verified": _flag(row["verified"]),
        "source": row["source"],
    }


def _id(ctx: Context, model: Any, row: Mapping[str, Any], key: tuple[str, ...]) -> Any:
    return derived_id(ctx.tenant_id, model.__resource__, *[row[name] for name in key])


async def _write(ctx: Context, model: Any, rows: Mapping[Any, dict[str, Any]]) -> None:
    there = await repository.present(ctx, model)
    ctx.add(*[model(id=row_id, **row) for row_id, row in rows.items() if row_id not in there])
