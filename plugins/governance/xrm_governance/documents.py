"""The decision report as a PDF: what it says, and the bytes (rules.md E17)."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from xrm_core.declare import Context
from xrm_core.documents import FileStore, Furniture, Language, PdfRequest, Plain, content_sha256, render_pdf
from xrm_core.periods import CalendarPeriod, months, previous_period
from xrm_governance import repository
from xrm_governance.answers import IndicatorGroup, IndicatorPart, plain
from xrm_governance.figures import (
    Asked,
    abandonment_figure,
    abc_figures,
    churn_figure,
    concentration_figures,
)
from xrm_governance.models import Report
from xrm_governance.repository import Subject, Window
from xrm_governance.rules import ranked_steps
from xrm_governance.shipped import indicators, share_limits

_YEAR = dt.timedelta(days=364)
_THOUSAND = Decimal(1000)
_TOP = 10
_ALL = 1_000_000
# Numbers with more digits than this are printed as a power of ten.
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report whose file is kept: all that is left is to write that it exists."""

    title: str
    sha256: str
    pages: int
    size: int


async def make_report(
    ctx: Context, report: Report, span: CalendarPeriod, data: dict[str, Plain], language: Language
) -> MadeReport:
    """The report of these figures, rendered and kept under its hash. Nothing refers to it yet."""
    title = f"{report.title_fr if language == 'fr' else report.title_en} {span.name}"
    rendered = await render_pdf(
        PdfRequest(
            template=f"governance/{report.code}.html",
            data=data,
            title=title,
            document_date=as_of(span, ctx.today),
            language=language,
            author=str(data["unit"]),
            furniture=Furniture(
                number=span.name, content_hash=content_sha256(data), header=f"{data['unit']} · {title}"
            ),
        )
    )
    store = FileStore(ctx.app.settings.data_dir / "files")
    # Kept before anything refers to it: a file nobody knows is harmless, a row without its file is not.
    sha256 = await asyncio.to_thread(store.store, rendered.content)
    return MadeReport(title, sha256, rendered.page_count, len(rendered.content))


def as_of(span: CalendarPeriod, today: dt.date) -> dt.date:
    """The last day a report of the period knows of."""
    return min(span.last, today)


async def board_data(ctx: Context, span: CalendarPeriod) -> dict[str, Plain]:
    """Everything the decision report prints, as plain values; the same facts give the same values."""
    last = as_of(span, ctx.today)
    before = previous_period(span)
    now, earlier = (Window(span.first, last, ctx.unit), Window(before.first, before.last, ctx.unit))
    year, year_before = _year_to(now), _year_to(earlier)
    ratios = [
        *await _attrition(ctx, now, earlier, scope="PERIOD"),
        *await _attrition(ctx, year, year_before, scope="YEAR"),
        await _abandonment(ctx, year, year_before),
    ]
    subjects = [one for subject in Subject for one in await _subject(ctx, subject, year, year_before)]
    customers = await churn_figure(ctx, Asked(year, most=0))
    silent = await abandonment_figure(ctx, Asked(year, most=_TOP))
    found: dict[str, Any] = {
        "unit": (await repository.names(ctx, [ctx.unit])).get(ctx.unit, ""),
        "period": span.name,
        "first": span.first,
        "last": last,
        "as_of": last,
        "before": {"first": before.first, "last": before.last},
        "year": {"first": year.first, "last": year.last},
        "amounts": [one for subject in Subject for one in await _amounts(ctx, subject, now, earlier)],
        "ratios": ratios + [ratio for one in subjects for ratio in one.pop("ratios")],
        "months": [one for subject in Subject for one in await _monthly(ctx, subject, year)],
        "flows": _counts(customers),
        "kinds": [_ratio(part, part.name) for part in customers.parts if part.name.startswith("logo_churn_")],
        "states": _counts(silent),
        "silent": await _rows(ctx, silent),
        "subjects": subjects,
        "definitions": _definitions(),
        "limit": share_limits()["PORTFOLIO"],
    }
    found["warnings"] = sorted({code for ratio in found["ratios"] for code in ratio["warnings"]})
    return found


async def _amounts(ctx: Context, subject: Subject, now: Window, earlier: Window) -> list[dict[str, Any]]:
    """Revenue or spend of the period and of the one before, by currency."""
    sums = [await _sums(ctx, subject, window) for window in (now, earlier)]
    return [
        {
            "subject": str(subject),
            "currency": currency,
            "now": sums[0].get(currency, Decimal(0)),
            "before": sums[1].get(currency, Decimal(0)),
            "change": _change(sums[0].get(currency, Decimal(0)), sums[1].get(currency, Decimal(0))),
        }
        for currency in sorted(sums[0].keys() | sums[1].keys())
    ]


async def _sums(ctx: Context, subject: Subject, window: Window) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for _, currency, amount in await repository.by_day(ctx, subject, window):
        found[currency] = found.get(currency, Decimal(0)) + amount
    return found


def _change(now: Decimal, before: Decimal) -> Decimal | None:
    return plain((now - before) / before) if before > 0 else None


async def _monthly(ctx: Context, subject: Subject, year: Window) -> list[dict[str, Any]]:
    """The amount of each calendar month of the year, by currency, in thousands."""
    names = [month.name for month in months(year.first, year.last)]
    found: dict[str, dict[str, Decimal]] = {}
    for day, currency, amount in await repository.by_day(ctx, subject, year):
        sums = found.setdefault(currency, dict.fromkeys(names, Decimal(0)))
        sums[f"{day:%Y-%m}"] += amount
    return [
        {
            "subject": str(subject),
            "currency": currency,
            "labels": cast("Any", names),
            "values": [_thousands(sums[name]) for name in names],
        }
        for currency, sums in sorted(found.items())
    ]


async def _attrition(ctx: Context, now: Window, earlier: Window, *, scope: str) -> list[dict[str, Any]]:
    found, before = [await churn_figure(ctx, Asked(window, most=0)) for window in (now, earlier)]
    return [_ratio(found, "logo_churn", scope=scope, before=before.value)]


async def _abandonment(ctx: Context, now: Window, earlier: Window) -> dict[str, Any]:
    found, before = [await abandonment_figure(ctx, Asked(window, most=0)) for window in (now, earlier)]
    return _ratio(found, "abandonment", scope="DAY", before=before.value)


async def _subject(ctx: Context, subject: Subject, now: Window, earlier: Window) -> list[dict[str, Any]]:
    """Classes, concentration and the largest parties of the year, by currency; what has no facts is left out."""
    asked = Asked(now, most=_ALL)
    classes = {_currency(one): one for one in await abc_figures(ctx, subject, asked)}
    shares = {_currency(one): one for one in await concentration_figures(ctx, subject, asked)}
    then = Asked(earlier, most=0)
    classes_then = {_currency(one): one.value for one in await abc_figures(ctx, subject, then)}
    shares_then = {_currency(one): one.value for one in await concentration_figures(ctx, subject, then)}
    found = []
    for currency, abc in classes.items():
        if not currency:
            continue
        hhi = shares[currency]
        scope: dict[str, Any] = {"scope": "YEAR", "subject": str(subject), "currency": currency}
        found.append(
            {
                "subject": str(subject),
                "currency": currency,
                "classes": [one for one in _counts(abc) if one["key"] in ("A", "B", "C")],
                "counts": _counts(hhi),
                "concentration": [_ratio(hhi, "concentration"), *(_ratio(p, p.name) for p in hhi.parts)],
                "spread": [_ratio(part, part.name) for part in abc.parts if part.name == "gini"],
                "steps": _steps(hhi),
                "top": await _rows(ctx, hhi),
                "above": [row for row in await _rows(ctx, hhi) if row["mark"] == "ABOVE_LIMIT"],
                "ratios": [
                    _ratio(abc, "abc", before=classes_then.get(currency)) | scope,
                    _ratio(hhi, "concentration", before=shares_then.get(currency)) | scope,
                ],
            }
        )
    return found


def _steps(group: IndicatorGroup) -> dict[str, Any]:
    values = {str(row.party): row.value for row in group.rows}
    steps = ranked_steps(values)
    labels: list[Plain] = [step.label for step in steps]
    amounts: list[Plain] = [max(_thousands(step.value), Decimal("0.001")) for step in steps]
    return {"labels": labels, "values": amounts}


async def _rows(ctx: Context, group: IndicatorGroup) -> list[dict[str, Any]]:
    """The most important parties behind a figure, with their names and the share reached so far."""
    rows = group.rows[:_TOP]
    names = await repository.names(ctx, [row.party for row in rows])
    reached, found = Decimal(0), []
    for row in rows:
        reached += row.share or 0
        found.append(
            {
                "rank": row.rank,
                "name": names.get(row.party, ""),
                "value": row.value,
                "share": row.share,
                "reached": reached,
                "mark": row.mark,
            }
        )
    return found


def _ratio(
    found: IndicatorGroup | IndicatorPart, name: str, *, scope: str = "", before: Decimal | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "scope": scope,
        "subject": None,
        "currency": None,
        "value": found.value,
        "before": before,
        "numerator": _printable(found.numerator),
        "denominator": _printable(found.denominator),
        "unit": found.unit,
        "population": found.population if isinstance(found, IndicatorGroup) else None,
        "definition": f"{found.definition_id} v{found.definition_version}",
        "warnings": cast("Any", list(found.warnings)),
    }


def _printable(value: Decimal) -> dict[str, Any]:
    """The number, and where it is too long to print, its first digits and the power of ten."""
    exponent = value.adjusted()
    if exponent < _LONGEST:
        return {"value": value, "mantissa": None, "exponent": None}
    return {"value": value, "mantissa": plain(value.scaleb(-exponent)), "exponent": exponent}


def _counts(group: IndicatorGroup) -> list[dict[str, Any]]:
    return [
        {"key": str(one.key), "count": one.count, "value": one.value, "share": one.share}
        for one in group.counts
    ]


def _definitions() -> list[dict[str, Any]]:
    return [
        {
            "version": f"{one.definition.id} v{one.definition.version}",
            "title": cast("Any", dict(one.titles)),
            "text": cast("Any", dict(one.descriptions)),
        }
        for one in indicators().values()
    ]


def _year_to(window: Window) -> Window:
    return Window(window.last - _YEAR, window.last, window.unit)


def _currency(group: IndicatorGroup) -> str:
    return str(group.keys.get("currency", ""))


def _thousands(amount: Decimal) -> Decimal:
    return plain(round(amount / _THOUSAND, 1)) or Decimal(0)
