"""What sales adds to a relationship with a customer, and so to the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.declare import Context, Money, Resource, computed, linked, virtual
from xrm_core.errors import Refusal
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id
from xrm_sales import repository
from xrm_sales.gates import gates
from xrm_sales.models import Opportunity
from xrm_sales.rules import Gate


@dataclass(frozen=True, slots=True)
class AllowedAction:
    """Whether a commercial action may be taken now; refused, it carries every rule that fails.

    `condition` is what the present stage asks for; `warnings` do not refuse.
    """

    action: str
    allowed: bool
    condition: str | None
    refusals: list[Refusal]
    warnings: list[Refusal]

    @classmethod
    def of(cls, gate: Gate) -> "AllowedAction":
        """The rules' answer as the API shows it."""
        return cls(gate.action, gate.allowed, gate.condition, list(gate.refusals), list(gate.warnings))


def _ids(ids: Sequence[Any]) -> list[Id[Any]]:
    return [Id(str(one)) for one in ids]


async def _allowed_actions(ctx: Context, ids: Sequence[Any]) -> dict[Any, list[AllowedAction]]:
    found = await gates(ctx, await repository.relationships(ctx, _ids(ids)))
    answers = {str(edge): [AllowedAction.of(gate) for gate in each] for edge, each in found.items()}
    return {str(one): answers.get(str(one), []) for one in ids}


async def _last_order_at(ctx: Context, ids: Sequence[Any]) -> dict[Any, Any]:
    return dict(await repository.last_orders(ctx, _ids(ids)))


async def _next_step(ctx: Context, ids: Sequence[Any]) -> dict[Any, Any]:
    return {edge: step for edge, (step, _) in (await repository.next_steps(ctx, _ids(ids))).items()}


async def _next_step_on(ctx: Context, ids: Sequence[Any]) -> dict[Any, Any]:
    return {edge: day for edge, (_, day) in (await repository.next_steps(ctx, _ids(ids))).items()}


def _one_currency(row: Any, *, is_open: bool) -> tuple[Any, Any]:
    """The sum of opportunities on the edge and its currency; both null if there are several currencies."""

    def counted(o: Any) -> Any:
        return o.closed_on.is_(None) if is_open else o.stage == "WON"

    def unless_mixed(value: Any, currency: Any) -> Any:
        return sa.case((sa.func.min(currency) == sa.func.max(currency), value), else_=sa.null())

    def total(o: Any) -> Any:
        return unless_mixed(sa.func.sum(o.amount), o.amount_currency)

    def currency(o: Any) -> Any:
        return unless_mixed(sa.func.min(o.amount_currency), o.amount_currency)

    return tuple(linked(row, Opportunity, "relationship", each, where=counted) for each in (total, currency))


class RelationshipSales(Resource, extends=Relationship):
    """Where our unit stands with a customer in selling: what is open, what was won, what comes next."""

    __resource__ = "sales.standing"

    open_pipeline = computed(
        Money,
        lambda r: _one_currency(r, is_open=True)[0],
        currency=lambda r: _one_currency(r, is_open=True)[1],
        hideable=True,
        description="Worth of the open opportunities; null if there is none, or they are in several currencies.",
    )
    won_total = computed(
        Money,
        lambda r: _one_currency(r, is_open=False)[0],
        currency=lambda r: _one_currency(r, is_open=False)[1],
        hideable=True,
        description="Worth of all that was won; null if there is none, or it is in several currencies.",
    )
    last_order_at = virtual("Date", _last_order_at, description="The day of the last order.")
    next_step = virtual("String", _next_step, description="What comes first among the next steps.")
    next_step_on = virtual("Date", _next_step_on, description="By when.")
    allowed_actions = virtual(
        "[AllowedAction!]",
        _allowed_actions,
        description="Commercial actions, refused ones with why (rules.md A6); null without such a relationship.",
    )
