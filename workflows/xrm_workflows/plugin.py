"""The workflows plugin: always enabled, it gives objects with a lifecycle their moves and their history."""

from collections.abc import Sequence
from typing import Any

from xrm_core.data.load.lives import ImportedLife
from xrm_core.declare import Context
from xrm_core.declare.registry import Registry
from xrm_core.plugins import Plugin, hookimpl
from xrm_workflows import importing, moving
from xrm_workflows.availability import AvailableTransition
from xrm_workflows.checking import process_problems
from xrm_workflows.decision import MoveRequest
from xrm_workflows.declaring import add_lives
from xrm_workflows.definition import Mode
from xrm_workflows.engine import engine_of

plugin = Plugin(
    id="workflows",
    title={"en": "Workflows", "fr": "Processus"},
    summary={
        "en": "State machines with guards, history and reasons for every refusal.",
        "fr": "Machines à états avec conditions, historique et motif de chaque refus.",
    },
    version="0.1.0",
    package="xrm_workflows",
    shapes=[AvailableTransition],
    is_always_on=True,
)


@hookimpl
def extend_declarations(registry: Registry) -> None:
    """Every resource with a lifecycle has `availableTransitions` and `history`."""
    add_lives(registry)


@hookimpl
def begin_life(ctx: Context, subject: Any) -> bool | None:
    """Managed relationships and every object whose process is known start at its first state."""
    engine = engine_of(ctx)
    machine = engine.machine(subject)
    if machine is None:
        return None
    moving.begin(ctx, engine, machine, subject)
    return True


@hookimpl
async def confirm_births(ctx: Context, subjects: Sequence[Any]) -> None:
    """A relationship needs a lawful basis (rules.md T1)."""
    await moving.confirm(ctx, subjects)


@hookimpl
def perform_move(ctx: Context, subject: Any, event: str, reason: str | None, data: Any, mode: str) -> Any:
    """Make the move, or None where no state machine is known."""
    if engine_of(ctx).machine(subject) is None:
        return None
    return moving.perform(ctx, subject, MoveRequest(event, ctx.today, Mode(mode), reason, data))


@hookimpl
async def imported_lives(ctx: Context, lives: Sequence[ImportedLife]) -> None:
    """Their intervals are written, each as the next link of its relationship's chain."""
    await importing.write_lives(ctx, lives)


@hookimpl
def conformance_problems(plugin_id: str, package: str) -> list[str]:
    """What is wrong with the state machines of a plugin."""
    return process_problems(plugin_id, package)
