"""Histories that come in at once: many relationships' intervals, written together (rules.md R-A-07)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from xrm_core.data.load.lives import ImportedLife
from xrm_core.declare import Context
from xrm_workflows import repository
from xrm_workflows.decision import imported_interval
from xrm_workflows.errors import MovedBackInTime
from xrm_workflows.history import GENESIS
from xrm_workflows.models import StageInterval
from xrm_workflows.processes.relationship import machine_of
from xrm_workflows.records import column_values

# As many ids as one statement takes with room to spare.
_AT_ONCE = 5_000


def imported_row(
    tenant_id: int, life: ImportedLife, *, previous: StageInterval | None = None
) -> dict[str, Any]:
    """The row of an imported interval, ready to be inserted with many others; `previous` is what it follows.

    A return after a closed episode begins the next one (rules.md R-A-01).

    Raises: UnknownProcess, UnknownState.
    """
    process = machine_of(life.kind).process
    opened = imported_interval(process, life.state, at=life.at, reason=life.reason, evidence=life.evidence)
    if previous is not None:
        returns = process.state(previous.state).is_final and not process.state(life.state).is_final
        opened = replace(opened, episode=previous.episode + (1 if returns else 0))
    return column_values(tenant_id, life.relationship_id, opened, previous.digest if previous else GENESIS)


async def write_lives(ctx: Context, lives: Sequence[ImportedLife]) -> None:
    """The intervals are written; an open one that a life follows is ended where the life begins.

    A life that says what the history ends with already is not written again, so an import may be repeated.

    Raises: UnknownProcess, UnknownState; MovedBackInTime, if a life begins before the present interval did.
    """
    for start in range(0, len(lives), _AT_ONCE):
        part = lives[start : start + _AT_ONCE]
        last = await repository.last_intervals(ctx, [life.relationship_id for life in part])
        rows = []
        for life in part:
            previous = last.get(life.relationship_id)
            if previous is not None and previous.state == life.state:
                continue
            if previous is not None:
                _end(previous, life)
            rows.append(imported_row(ctx.tenant_id, life, previous=previous))
        await ctx.session.flush()
        if rows:
            await repository.insert_intervals(ctx, rows)


def _end(previous: StageInterval, life: ImportedLife) -> None:
    if life.at < previous.entered_at:
        raise MovedBackInTime(previous.entered_at, life.at)
    previous.left_at = life.at
