"""Questions the probe answers itself."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from tests.core.probe.shapes import ProbeLine, ProbeSheet
from xrm_core.declare import Context, Money
from xrm_core.declare.question import query
from xrm_core.errors import Invalid
from xrm_core.graph.party import Party


@query("probe.sheet.read")
async def probe_sheet(ctx: Context, first: int = 3, on: dt.date | None = None) -> ProbeSheet:
    """The first parties the asker may read, on a sheet."""
    if first < 0:
        raise Invalid("first is not negative.", field="first")
    rows = sa.select(Party.id).where(ctx.may(Party)).order_by(Party.id).limit(first)
    found = list((await ctx.session.scalars(rows)).all())
    lines = [ProbeLine(party=party, other=None, amount=Money(Decimal(1), "EUR")) for party in found]
    return ProbeSheet(id=str(on or "none"), lines=lines, parties=found)


@query("probe.sheet.fail")
async def probe_failure(ctx: Context) -> str | None:
    """Nothing: it fails in a way nobody should read."""
    raise RuntimeError("password=hunter2 at /etc/passwd")
