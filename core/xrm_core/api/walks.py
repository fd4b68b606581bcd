"""The fields that walk the graph and the types they answer with: neighbourhoods, connections, control."""

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLString,
)

from xrm_core.api.objects import Fields, Objects, derived, required, times
from xrm_core.declare.registry import REGISTRY
from xrm_core.query.graph.fields import ControlsField, GraphRoot


class Walks:
    """The fields that walk the graph, and the types they answer with."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def _of(self, resource: str) -> Any:
        return required(GraphQLList(required(self.objects.object(REGISTRY[resource]))))

    def _subgraph(self) -> GraphQLObjectType:
        return self.objects.make(
            "Subgraph",
            lambda: {
                "parties": GraphQLField(self._of("core.party"), description="Nearest first, then by name."),
                "relationships": GraphQLField(
                    self._of("core.relationship"), description="Between these parties, nearest first."
                ),
                "truncated": GraphQLField(
                    required(GraphQLBoolean), description="There is more that the asker may read."
                ),
            },
            "A part of the graph around a party, the party included.",
        )

    def _path(self) -> GraphQLObjectType:
        return self.objects.make(
            "Path",
            lambda: {
                "length": GraphQLField(required(GraphQLInt), description="The number of relationships."),
                "parties": GraphQLField(self._of("core.party"), description="From one end to the other."),
                "relationships": GraphQLField(
                    self._of("core.relationship"), description="Between each party and the next."
                ),
            },
            "A way from one party to another.",
        )

    def _controlled(self) -> GraphQLObjectType:
        return self.objects.make(
            "Controlled",
            lambda: {
                "party": GraphQLField(required(self.objects.object(REGISTRY["core.party"]))),
                "basis": GraphQLField(
                    required(GraphQLString),
                    description="MAJORITY of the votes, EXPLICIT agreement or record, or PRESUMED above 40 %.",
                ),
                "path": GraphQLField(required(self._path()), description="Through whose hands."),
            },
            "A party that another controls (rules.md R-B-32).",
        )

    def controls(self) -> GraphQLField:
        """Party.controls."""
        type_ = required(GraphQLList(required(self._controlled())))
        words = "What it controls, directly or through others, nearest first (rules.md R-B-32)."
        return derived(type_, ControlsField(), args=times(), description=words)

    def roots(self) -> Fields:
        """The fields of Query."""
        one = {"partyId": GraphQLArgument(required(GraphQLID))}
        two = {"fromId": GraphQLArgument(required(GraphQLID)), "toId": GraphQLArgument(required(GraphQLID))}
        types = {
            "types": GraphQLArgument(
                GraphQLList(required(GraphQLString)),
                description="Codes of the types to follow; all if not said.",
            )
        }
        hops = {"maxDepth": GraphQLArgument(required(GraphQLInt), default_value=4, description="At most 6.")}
        around = {
            "depth": GraphQLArgument(required(GraphQLInt), default_value=1, description="Hops, at most 6."),
            **types,
            **times(),
            "limit": GraphQLArgument(
                GraphQLInt, default_value=500, description="Most parties to answer with, at most 2,000."
            ),
        }
        return {
            "neighbourhood": derived(
                required(self._subgraph()), GraphRoot("neighbourhood"), args=one | around,
                description="A party and everybody within so many hops, as the asker may read it.",
            ),
            "paths": derived(
                required(GraphQLList(required(self._path()))), GraphRoot("paths"),
                args=two | hops | types | times(),
                description="How two parties are connected: the 20 shortest ways, no party twice in one.",
            ),
            "distance": derived(
                GraphQLInt, GraphRoot("distance"), args=two | hops | types | times(),
                description="How many hops are between two parties; null if there are more than maxDepth.",
            ),
            "ownershipClosure": derived(
                required(self._subgraph()), GraphRoot("ownershipClosure"), args=one | times(),
                description="A party and everything it controls, with the holdings by which the group does.",
            ),
        }  # fmt: skip
