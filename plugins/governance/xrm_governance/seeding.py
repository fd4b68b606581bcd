"""Reference data that comes with the plugin."""

from typing import Any

from xrm_core.declare import Context
from xrm_core.ids import Id, derived_id
from xrm_governance.models import Report
from xrm_governance.shipped import rows


def report_id(tenant_id: int, code: str) -> Id[Report]:
    """The id of a shipped report, the same in every installation."""
    return derived_id(tenant_id, Report.__resource__, code)


async def seed_reports(ctx: Context) -> None:
    """The shipped reports are there; what is there already stays as it is."""
    for row in rows("reports"):
        key = report_id(ctx.tenant_id, row["code"])
        if await ctx.find(Report, key) is None:
            values: dict[str, Any] = dict(row)
            ctx.add(Report(id=key, **values))
