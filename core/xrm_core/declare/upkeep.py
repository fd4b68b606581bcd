"""Maintained tables: what is derived from rows and kept beside them, renewed in the unit of work that changes them."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from xrm_core.declare.context import Context


class Upkeep(Protocol):
    """Keeps a table that follows from the rows of one resource."""

    def notice(self, tenant_id: int, row: Mapping[str, Any]) -> Iterable[Hashable]:
        """What must be renewed because of a row, before or after its change; `row` is by column name.

        *Called* for every row that is written through a session or in bulk, so it is quick.
        """

    async def renew(self, ctx: "Context", noticed: set[Hashable]) -> None:
        """Bring the table up to date; the rows are flushed. *Called* once, last in the unit of work."""


# By the resource whose rows are noticed.
UPKEEP: dict[str, Upkeep] = {}


def notice(ctx: "Context", resource: str, row: Mapping[str, Any]) -> None:
    """Note what a row that is written, changed or deleted by whatever way makes necessary.

    Whoever changes rows past the session says so here, before and after.
    """
    keeper = UPKEEP.get(resource)
    if keeper is not None:
        found = keeper.notice(ctx.tenant_id, row)
        if found:
            ctx.noticed.setdefault(resource, set()).update(found)


async def keep_up(ctx: "Context") -> None:
    """Renew what was noticed so far; a command whose next step reads such a table calls it itself."""
    await ctx.session.flush()
    noticed, ctx.noticed = ctx.noticed, {}
    for resource, what in noticed.items():
        await UPKEEP[resource].renew(ctx, what)
