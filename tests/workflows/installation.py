"""Relationships under way, for tests of the engine on a whole installation."""

from typing import Any

from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

MOVE = """
    mutation ($input: TransitionInput!) {
        transition(input: $input) {
            objectId from to event at
            object { id __typename ... on Relationship { stage substage status version } }
        }
    }
"""
HISTORY = """
    query ($id: ID!) {
        relationship(id: $id) {
            stage substage status episode lawfulBasis version
            history {
                stage substage status enteredAt leftAt trigger mode episode ruleVersion
                actor { id } reason comment evidence
            }
            availableTransitions { event label target allowed refusals { code message data } form }
            proposals { id }
        }
    }
"""
CREATE = (
    "mutation ($input: CreateRelationshipInput!) { createRelationship(input: $input) { id stage substage } }"
)


async def relationship(xrm: Installation, kind: str = "CUSTOMER", **values: Any) -> Relationship:
    """A relationship of our unit with a new party, at the beginning of its life."""
    party = await xrm.make(Party, name=f"A {kind.lower()} of ours", country="FR")
    given = {"type": relationship_type_id(1, kind), "source": xrm.unit, "target": party.id, "unit": xrm.unit}
    return await xrm.make(Relationship, **{**given, **values})


async def moved(
    xrm: Installation, edge: Relationship, event: str, *, role: str = "admin", **given: Any
) -> Any:
    """The result of a transition that must be allowed."""
    values = {"objectId": str(edge.id), "event": event, **given}
    data = await xrm.ask(MOVE, {"input": values}, role=role)
    return data["transition"]


async def refusal(
    xrm: Installation, edge: Relationship, event: str, *, role: str = "admin", **given: Any
) -> Any:
    """The extensions of the error with which a transition is refused."""
    values = {"objectId": str(edge.id), "event": event, **given}
    answer = await xrm.answer(MOVE, {"input": values}, role=role)
    assert answer["data"] is None
    return answer["errors"][0]["extensions"]


async def seen(xrm: Installation, edge: Relationship, **asker: Any) -> Any:
    """The relationship with its history and its moves, as the asker sees it."""
    return (await xrm.ask(HISTORY, {"id": str(edge.id)}, **asker))["relationship"]
