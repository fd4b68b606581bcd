"""What one can ask of governance: an indicator, the list of them, a report."""

import datetime as dt
from typing import Any

from xrm_core.declare import Context, Id, Input
from xrm_core.declare.question import query
from xrm_core.errors import Invalid
from xrm_core.graph.party import Party
from xrm_core.periods import is_in_use
from xrm_governance import repository
from xrm_governance.answers import Indicator, IndicatorDefinition
from xrm_governance.errors import PeriodReversed, UnknownReport
from xrm_governance.figures import Asked
from xrm_governance.measures import measure
from xrm_governance.models import Report
from xrm_governance.repository import Subject, Window
from xrm_governance.shipped import indicator_of
from xrm_governance.shipped import indicators as shipped_indicators

_YEAR = dt.timedelta(days=364)
_MOST_ROWS = 500


class IndicatorScopeInput(Input):
    """Over what: customers' revenue or suppliers' spend (both unless said), one unit of ours or all.

    `rows` is how many parties each group shows, at most 500.
    """

    subject: Subject | None = None
    unit: Id[Party] | None = None
    rows: int = 10


@query("governance.indicator.read")
async def indicator(
    ctx: Context,
    name: str,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    group_by: str | None = None,
    scope: IndicatorScopeInput | None = None,
) -> Indicator:
    """A key figure of a period (the last 365 days unless said), over what the asker may read.

    `groupBy`: CURRENCY, CATEGORY, MONTH, QUARTER or YEAR.
    """
    wanted = scope or IndicatorScopeInput()
    last = _in_use(to or ctx.today, "to")
    first = _in_use(from_ or last - _YEAR, "from")
    if last < first:
        raise PeriodReversed(first, last)
    asked = Asked(Window(first, last, wanted.unit), most=max(0, min(wanted.rows, _MOST_ROWS)))
    subjects = [wanted.subject] if wanted.subject is not None else list(Subject)
    return await measure(ctx, indicator_of(name), subjects, asked, group_by)


@query("governance.indicator.list")
async def indicators(ctx: Context) -> list[IndicatorDefinition]:
    """Every indicator with its definition."""
    return [
        IndicatorDefinition(
            name=one.name,
            title=_spoken(ctx, one.titles),
            description=_spoken(ctx, one.descriptions),
            unit=one.definition.unit,
            definition_id=one.definition.id,
            definition_version=one.definition.version,
            group_by=list(one.group_by),
        )
        for one in shipped_indicators().values()
    ]


@query("governance.report.read")
async def report(ctx: Context, id: str) -> Id[Report]:
    """A report by its id or its code, such as board."""
    return (await report_of(ctx, id)).id


async def report_of(ctx: Context, text: str) -> Report:
    """The report with that id or code. Raises: UnknownReport."""
    try:
        found = await repository.report(ctx, id=Id(text))
    except ValueError:
        found = await repository.report(ctx, code=text)
    if found is None:
        raise UnknownReport(text)
    return found


def _in_use(day: dt.date, field: str) -> dt.date:
    if not is_in_use(day):
        raise Invalid(f"{day} is not a day that business is done on.", field=field)
    return day


def _spoken(ctx: Context, words: Any) -> str:
    return str(words.get(ctx.actor.language, words["en"]))
