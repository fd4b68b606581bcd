"""What an import says of managed relationships' lives: told to workflows, which keeps histories."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xrm_core.ids import Id

if TYPE_CHECKING:
    from xrm_core.declare.context import Context


@dataclass(frozen=True, slots=True)
class ImportedLife:
    """One interval of a relationship's life as an import dates it (rules.md R-A-07).

    `kind` is CUSTOMER, SUPPLIER or PARTNER; `state` the state of that machine: the status of a supplier or
    partner, STAGE/SUBSTAGE of a customer. It is entered at `at` with `mode=import, origin=migration`;
    `reason` is set where it ends the relationship; `evidence` holds the numbers that decided, as JSON values.
    """

    relationship_id: Id[Any]
    kind: str
    state: str
    at: dt.datetime
    reason: str | None
    evidence: Mapping[str, Any]


async def tell_lives(ctx: "Context", lives: Sequence[ImportedLife]) -> None:
    """Every plugin that keeps histories has been told, in this unit of work. Raises: what a plugin raises."""
    if not lives or ctx.hooks is None:
        return
    for outcome in ctx.hooks.imported_lives(ctx=ctx, lives=lives):
        if hasattr(outcome, "__await__"):
            await outcome
