"""What one can do in governance: make a report."""

from typing import Literal

from xrm_core.declare import Context, Input, command
from xrm_core.documents import Plain, canonical_json, content_sha256
from xrm_core.documents.models import Document
from xrm_core.ids import new_id
from xrm_core.periods import CalendarPeriod, calendar_period
from xrm_governance import repository
from xrm_governance.documents import as_of, board_data, make_report
from xrm_governance.errors import PeriodAhead
from xrm_governance.models import Report, ReportIssue
from xrm_governance.queries import report_of

Language = Literal["fr", "en"]


class RenderReport(Input):
    """Which report (by id or code), of which period: 2026, 2026-Q3, 2026-09 or 2026-07-01/2026-09-30."""

    id: str
    period: str
    language: Language | None = None


@command("governance.report.render", flat=True)
async def render_report(ctx: Context, given: RenderReport) -> Document:
    """Make a report of a period as a PDF; from the same figures it is the same document."""
    span = calendar_period(given.period)
    if span.first > ctx.today:
        raise PeriodAhead(span.first)
    language: Language = given.language or ("fr" if ctx.actor.language == "fr" else "en")
    # Read and drawn before the unit of work writes, so that nobody waits for it.
    async with ctx.app.reading() as session:
        reading = ctx.app.context(ctx.actor, session, unit=ctx.unit)
        report = await report_of(reading, given.id)
        data = await board_data(reading, span)
        issue = _issue(ctx, report, span, language, data)
        earlier = await repository.same_issue(reading, issue)
        if earlier is not None:
            return await ctx.get(Document, earlier.document)
        made = await make_report(reading, report, span, data, language)
    document = Document(
        id=issue.document,
        title=made.title,
        sha256=made.sha256,
        content_sha256=issue.content_sha256,
        pages=made.pages,
        size=made.size,
        kind=f"governance.{report.code}",
        unit=ctx.unit,
        subject_id=str(report.id),
    )
    ctx.add(document, issue)
    ctx.emit("governance.report.rendered", report=report.id, document=document.id, period=span.name)
    return document


def _issue(
    ctx: Context, report: Report, span: CalendarPeriod, language: Language, data: dict[str, Plain]
) -> ReportIssue:
    return ReportIssue(
        report=report.id,
        document=new_id(),
        unit=ctx.unit,
        period=span.name,
        as_of=as_of(span, ctx.today),
        language=language,
        content_sha256=content_sha256(data),
        snapshot=canonical_json(data).decode(),
    )
