"""`workflows`: every state machine, for screens that draw them."""

from dataclasses import dataclass, field
from typing import Any

from xrm_core.declare import Context
from xrm_core.declare.question import query
from xrm_workflows.describe import described
from xrm_workflows.engine import engine_of


@dataclass(frozen=True, slots=True)
class Workflow:
    """A state machine: its states, its moves, and its picture as Mermaid text."""

    id: str = field(metadata={"graphql": "String!"})
    title: str
    resource: str
    version: int
    states: list[Any]
    transitions: list[Any]
    mermaid: str


@query("workflows.workflow.read")
async def workflows(ctx: Context) -> list[Workflow]:
    """Every state machine of the enabled plugins, in the asker's language."""
    return [Workflow(**described(process, ctx.actor.language)) for process in engine_of(ctx).processes()]
