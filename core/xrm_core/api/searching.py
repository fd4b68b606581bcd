"""`search` as a field of Query."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from xrm_core.api.context import ResolveInfo
from xrm_core.api.plain import PlainTypes
from xrm_core.declare.ref import Ref
from xrm_core.declare.registry import REGISTRY
from xrm_core.ids import Id
from xrm_core.query.cost import WHOLE_LOOK

_DEFAULT_FIRST = 20


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An object that was found, the best first.

    `snippet` is plain text from a field of it that you may read; what matched stands between ⟦ and ⟧. `score` is
    between 0 and 1: 1 is the very text.
    """

    type: str
    id: Id[Any]
    title: str
    snippet: str
    score: float
    object: Ref | None


def search_field(plain: PlainTypes) -> GraphQLField:
    """The field: what is found by names, identifiers and other searched texts, typing mistakes forgiven."""
    text = GraphQLArgument(
        GraphQLNonNull(GraphQLString), description="Words, a number or parts of them; at most 200 characters."
    )
    types = GraphQLArgument(
        GraphQLList(GraphQLNonNull(GraphQLString)), description="Only objects of these types; null: of all."
    )
    first = GraphQLArgument(GraphQLInt, default_value=_DEFAULT_FIRST, description="At most 100.")
    return GraphQLField(
        plain.output(list[SearchHit]),
        args={"text": text, "types": types, "first": first},
        resolve=_resolve,
        description="What has these words in its name, its identifiers or another searched text, the best first.",
    )


async def _resolve(
    _source: Any,
    info: ResolveInfo,
    text: str,
    types: list[str] | None = None,
    first: int | None = _DEFAULT_FIRST,
) -> list[SearchHit]:
    size = _DEFAULT_FIRST if first is None else first
    info.context.asks("search", WHOLE_LOOK + max(size, 0))
    hits = await info.context.app.search(info.context.actor, text, types, size)
    return [
        SearchHit(
            REGISTRY[hit.resource].type_name,
            hit.id,
            hit.title,
            hit.snippet,
            hit.score,
            Ref(hit.resource, hit.id),
        )
        for hit in hits
    ]
