"""What one can do with the graph beyond creating and changing: end an edge, log an exchange, finish a task."""

import datetime as dt
from typing import Any

from xrm_core.declare.command import Input, command
from xrm_core.declare.context import Context
from xrm_core.errors import Conflict, Invalid
from xrm_core.graph.activity import Interaction, Task
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id
from xrm_core.money import Money


class LogInteraction(Input):
    """An exchange that took place."""

    party_id: Id[Party]
    relationship_id: Id[Relationship] | None = None
    channel: str
    direction: str = "OUT"
    subject: str
    body: str | None = None
    occurred_at: dt.datetime | None = None
    outcome: str | None = None
    duration_seconds: int | None = None
    cost: Money | None = None
    satisfaction: int | None = None
    custom_fields: dict[str, Any] | None = None


@command("core.interaction.log")
async def log_interaction(ctx: Context, given: LogInteraction) -> Interaction:
    """Record an exchange with a party."""
    if given.satisfaction is not None and not 0 <= given.satisfaction <= 100:
        raise Invalid("Satisfaction is between 0 and 100.", field="satisfaction")
    values = given.model_dump(exclude={"party_id", "relationship_id", "occurred_at", "cost", "custom_fields"})
    made = Interaction(
        **values,
        party=given.party_id,
        relationship=given.relationship_id,
        unit=ctx.unit,
        occurred_at=given.occurred_at or ctx.now,
        cost=given.cost,
        author=ctx.actor.user_id,
    )
    ctx.refuse(await ctx.customise(made, given.custom_fields or {}))
    ctx.add(made)
    ctx.emit("core.interaction.logged", party=given.party_id, interaction=made.id)
    return made


class EndRelationship(Input):
    """When and why an edge ends."""

    on: dt.date
    reason: str


@command("core.relationship.end", on=Relationship, flat=True)
async def end_relationship(ctx: Context, relationship: Relationship, given: EndRelationship) -> Relationship:
    """End an edge on a day: from then on it no longer holds."""
    if relationship.valid_from is not None and given.on < relationship.valid_from:
        raise Invalid(f"It began on {relationship.valid_from}; it cannot end before.", field="on")
    if relationship.valid_to is not None and relationship.valid_to <= given.on:
        raise Conflict(f"It already ended on {relationship.valid_to}.", field="on")
    relationship.valid_to = given.on
    ctx.emit("core.relationship.ended", relationship=relationship.id, on=given.on, reason=given.reason)
    return relationship


class CompleteTask(Input):
    """How a task ended."""

    outcome: str | None = None


@command("core.task.complete", on=Task, flat=True)
async def complete_task(ctx: Context, task: Task, given: CompleteTask) -> Task:
    """Mark a task as done."""
    if task.status == "DONE":
        raise Conflict("The task is done already.")
    task.status, task.outcome = "DONE", given.outcome
    ctx.emit("core.task.completed", task=task.id)
    return task
