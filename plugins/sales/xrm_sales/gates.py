"""What may be done with a customer now: the facts gathered in batches, the answer from the rules (rules.md A6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from xrm_core.declare import Context
from xrm_core.errors import Refusal
from xrm_core.graph.relationship import Relationship
from xrm_sales import repository
from xrm_sales.models import OpportunityKind, Origin
from xrm_sales.rules import EdgeFacts, Gate, Hold, OtherEdge, all_gates, can
from xrm_sales.shipped import fact_inputs, shipped_matrix
from xrm_workflows.engine import engine_of

ACTION_OF = {
    OpportunityKind.NEW_BUSINESS: "first_offer",
    OpportunityKind.CROSS_SELL: "cross_sell",
    OpportunityKind.UP_SELL: "up_sell",
    OpportunityKind.RENEWAL: "renewal_proposal",
}
# Bases of GDPR article 6 on which a party may be solicited without having asked (rules.md F1).
_SOLICITING = ("CONSENT", "LEGITIMATE_INTEREST")


async def gate(ctx: Context, relationship: Relationship, kind: OpportunityKind, *, origin: Origin) -> Gate:
    """Whether an offer of this kind may be made on the relationship now, asked for or not."""
    facts = (await edge_facts(ctx, [relationship]))[relationship.id]
    is_inbound = origin is Origin.INBOUND
    facts = replace(facts, is_requested=is_inbound or origin is Origin.REQUESTED, is_inbound=is_inbound)
    return _only_of_customers(ctx, relationship, can(ACTION_OF[kind], facts, shipped_matrix()))


async def gates(ctx: Context, relationships: Sequence[Relationship]) -> dict[Any, list[Gate]]:
    """The answer for every commercial action, for each of these relationships."""
    facts = await edge_facts(ctx, relationships)
    return {
        one.id: [_only_of_customers(ctx, one, gate) for gate in all_gates(facts[one.id], shipped_matrix())]
        for one in relationships
    }


async def edge_facts(ctx: Context, relationships: Sequence[Relationship]) -> dict[Any, EdgeFacts]:
    """What is known of each of these relationships; what its plugin does not supply is unknown."""
    others = await repository.managed_with(ctx, {one.target for one in relationships})
    edges = list({one.id: one for one in (*relationships, *others)}.values())
    supplied = await _supplied(ctx, edges)
    delivered = await repository.deliveries_went_well(ctx, [one.id for one in relationships])
    return {
        one.id: replace(
            _own_facts(ctx, one, supplied[one.id]),
            last_delivery_ok=delivered.get(one.id),
            other_edges=tuple(
                _other(ctx, edge, supplied[edge.id])
                for edge in edges
                if edge.target == one.target and edge.id != one.id
            ),
            disabled_inputs=_disabled(ctx),
        )
        for one in relationships
    }


async def _supplied(ctx: Context, edges: Sequence[Relationship]) -> dict[Any, dict[str, Any]]:
    """For each edge the facts that plugins supply, and the day it was closed; None is not known."""
    wanted = {**fact_inputs(), "closed_on": "workflows.closed_on"}
    values = await engine_of(ctx).guards.values(ctx, edges, list(wanted.values()))
    found: dict[Any, dict[str, Any]] = {edge.id: {} for edge in edges}
    for fact, name in wanted.items():
        answers = values[name] or [None] * len(edges)
        for edge, value in zip(edges, answers, strict=True):
            found[edge.id][fact] = value
    return found


def _own_facts(ctx: Context, edge: Relationship, supplied: Mapping[str, Any]) -> EdgeFacts:
    facts = dict(supplied)
    closed_on = facts.pop("closed_on")
    is_ended = edge.stage == "DISSOLUTION" and closed_on is not None
    return EdgeFacts(
        stage=str(edge.stage) if edge.stage else "",
        substage=edge.substage,
        health=None if edge.health is None else Decimal(edge.health),
        level=edge.level,
        has_right_to_solicit=edge.lawful_basis in _SOLICITING if edge.lawful_basis else None,
        days_since_dissolution=(ctx.today - closed_on).days if is_ended else None,
        is_handled_by_owner=None if edge.owner is None else edge.owner == ctx.actor.user_id,
        **facts,
    )


def _other(ctx: Context, edge: Relationship, supplied: Mapping[str, Any]) -> OtherEdge:
    hold = supplied["hold"]
    if hold is None:
        # Where holds are kept and cannot be read, the worst is assumed.
        hold = "LEGAL" if "credit" in ctx.plugins else "NONE"
    kind = engine_of(ctx).kind(edge) or ""
    return OtherEdge(edge.id, kind, hold=cast(Hold, hold), has_repair_plan=edge.stage == "REPAIR")


def _disabled(ctx: Context) -> dict[str, str]:
    owners = {fact: name.split(".", 1)[0] for fact, name in fact_inputs().items()}
    return {fact: plugin for fact, plugin in owners.items() if plugin not in ctx.plugins}


def _only_of_customers(ctx: Context, edge: Relationship, answer: Gate) -> Gate:
    if engine_of(ctx).kind(edge) == repository.CUSTOMER:
        return answer
    refusal = Refusal("sales.not_a_customer", "One sells on a customer relationship only.", "relationship")
    return replace(answer, allowed=False, refusals=(refusal, *answer.refusals))
