"""The schema of a set of enabled plugins: what declarations derive and what is written by hand, merged by name."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    specified_directives,
)
from graphql.type import is_introspection_type, is_specified_scalar_type

from xrm_core.access.book import AccessView, PolicyBook
from xrm_core.api.door import door
from xrm_core.api.handwritten import strawberry_schema
from xrm_core.api.inputs import Inputs
from xrm_core.api.objects import NODE, Objects
from xrm_core.api.operations import command_field, query_field, reading_back
from xrm_core.api.plain import PlainTypes
from xrm_core.api.prepared import Kept, Prepared
from xrm_core.api.scalars import SCALARS
from xrm_core.api.searching import search_field
from xrm_core.api.subscriptions.schema import subscription_type
from xrm_core.api.visible import visible_schema
from xrm_core.api.walks import Walks
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.question import QUERIES
from xrm_core.declare.registry import REGISTRY

# Sets of roles for which the schema is kept as they see it.
_MOST_VISIBLE = 50
# Answers about the schema that are kept.
_MOST_INTROSPECTIONS = 20

# Characters of the documents that are kept: parsed, each takes some 130 bytes.
_MOST_CHARACTERS = 500_000
# Characters of the statements that are kept: with what fills them, each takes up to eight bytes.
_MOST_SQL = 10_000_000


@dataclass(slots=True)
class Snapshot:
    """Everything an operation needs that changes when a plugin does: replaced whole, never altered."""

    schema: GraphQLSchema
    plugins: frozenset[str]
    book: PolicyBook
    documents: Kept[Any, Any]
    plans: Kept[Any, Any]
    introspections: Kept[Any, bytes] = field(default_factory=lambda: Kept(_MOST_INTROSPECTIONS))
    # One writes what is looked at, the others wait: it takes a while of everybody's time.
    one_looks: asyncio.Lock = field(default_factory=asyncio.Lock)
    looking: int = 0
    visible: dict[Any, GraphQLSchema] = field(default_factory=dict)
    _door: GraphQLSchema | None = None

    @property
    def door(self) -> GraphQLSchema:
        """What somebody may know who has not signed in, where the schema is not open."""
        if self._door is None:
            self._door = door(self.schema)
        return self._door

    def schema_for(self, view: AccessView | None) -> GraphQLSchema:
        """The schema as somebody may look at it, made once for each set of roles; the whole of it for nobody."""
        if view is None:
            return self.schema
        if view.shape not in self.visible:
            if len(self.visible) >= _MOST_VISIBLE:
                self.visible.clear()
            self.visible[view.shape] = visible_schema(self.schema, view)
        return self.visible[view.shape]


def build_snapshot(plugins: frozenset[str], book: PolicyBook, *, plans: int, shapes: list[Any]) -> Snapshot:
    """The schema of core and these plugins. `shapes`: dataclasses that virtual fields answer with."""
    schema = build_schema(plugins, shapes)
    documents: Kept[Any, Prepared] = Kept(plans, most=_MOST_CHARACTERS, weigh=lambda kept: len(kept.text))
    return Snapshot(
        schema, plugins, book, documents, Kept(plans, most=_MOST_SQL, weigh=lambda plan: plan.weight)
    )


def build_schema(plugins: frozenset[str], shapes: list[Any]) -> GraphQLSchema:
    """All types, in one graph."""
    written = strawberry_schema()._schema
    inputs = Inputs(plugins)
    objects = Objects(inputs)
    objects.walks = Walks(objects)
    plain = PlainTypes(objects)
    resources = REGISTRY.enabled(plugins)
    by_hand = _take_over(written, objects, {info.type_name: info for info in resources})
    for type_ in by_hand.values():
        if isinstance(type_, GraphQLObjectType):
            plain.name(type_)
    for shape in shapes:
        plain.dataclass(shape)
    enabled = {"core", "workflows", *plugins}
    query_fields = objects.roots(resources)
    query_fields |= {info.field: query_field(info, plain) for info in QUERIES.enabled(enabled)}
    query_fields["search"] = search_field(plain)
    query_fields |= _rewired(written.query_type, objects, by_hand)
    commands = {info.mutation: command_field(info, plain) for info in COMMANDS.enabled(enabled)}
    mutation_fields = commands | _rewired(written.mutation_type, objects, by_hand)
    return GraphQLSchema(
        query=GraphQLObjectType("Query", query_fields, description="Everything that can be asked."),
        mutation=GraphQLObjectType("Mutation", mutation_fields, description="Everything that can be done."),
        subscription=subscription_type(objects.object),
        types=[*[objects.object(info) for info in resources if not info.extends], NODE, *SCALARS],
        directives=specified_directives,
    )


def _take_over(
    written: GraphQLSchema, objects: Objects, resources: dict[str, Any]
) -> dict[str, GraphQLNamedType]:
    """The hand-written types that are not placeholders, with derived types in the places of placeholders."""
    roots = {"Query", "Mutation"}
    derived = {scalar.name: scalar for scalar in SCALARS}
    kept: dict[str, GraphQLNamedType] = {
        name: derived.get(name, type_)
        for name, type_ in written.type_map.items()
        if name not in resources
        and name not in roots
        and not is_introspection_type(type_)
        and not is_specified_scalar_type(type_)
    }
    for name, type_ in kept.items():
        if isinstance(type_, GraphQLObjectType) and name not in derived:
            type_.fields.update(_rewired(type_, objects, kept))
    return kept


def _rewired(
    type_: GraphQLObjectType | None, objects: Objects, kept: dict[str, GraphQLNamedType]
) -> dict[str, GraphQLField]:
    assert type_ is not None
    for field_ in type_.fields.values():
        named = get_named_type(field_.type)
        replacement = _replacement(named, objects, kept)
        if replacement is not named:
            field_.type = _wrapped(field_.type, replacement)
            if replacement.extensions.get("resource") and field_.resolve:
                field_.resolve = reading_back(field_.resolve)
        for argument in field_.args.values():
            argument.type = _wrapped(
                argument.type, _replacement(get_named_type(argument.type), objects, kept)
            )
    return dict(type_.fields)


def _replacement(named: Any, objects: Objects, kept: dict[str, GraphQLNamedType]) -> Any:
    for info in REGISTRY:
        if info.type_name == named.name and not info.extends:
            return objects.object(info)
    return kept.get(named.name, named)


def _wrapped(type_: Any, named: Any) -> Any:
    if isinstance(type_, GraphQLNonNull):
        return GraphQLNonNull(_wrapped(type_.of_type, named))
    if isinstance(type_, GraphQLList):
        return GraphQLList(_wrapped(type_.of_type, named))
    return named
