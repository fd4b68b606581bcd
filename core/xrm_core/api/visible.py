"""The schema as introspection shows it to somebody: without what none of their roles may ever read or do.

Questions are validated against the whole schema, which is the same for everybody; this one is only looked at.
"""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    specified_directives,
)
from graphql.type import is_introspection_type

from xrm_core.access.book import AccessView
from xrm_core.custom.definitions import COLUMN
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.text import camel, pascal, snake

_CONDITIONS = ("Where", "Order")
_NUMBERS = ("Numbers", "Distinct", "Share", "NumbersWhere", "NumbersOrder")
# What the name of a resource's type goes on with in the types derived from it.
_DERIVED = (
    "", "Connection", "Edge", "Aggregate", "ListWhere", "ListOrder", "Group", "GroupField", "AggregateWhere",
    "AggregateFilter", "AggregateOrder", "AggregateBy", *_CONDITIONS, *_NUMBERS,
)  # fmt: skip
_WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)


def visible_schema(schema: GraphQLSchema, view: AccessView) -> GraphQLSchema:
    """A copy of the schema that has no trace of what the view never gives."""
    return _Copy(schema, view).made()


class _Copy:
    def __init__(self, schema: GraphQLSchema, view: AccessView) -> None:
        self.schema, self.view = schema, view
        self.types = {
            name: type_ for name, type_ in schema.type_map.items() if not is_introspection_type(type_)
        }
        self.unseen = {
            info.type_name + suffix
            for info in REGISTRY
            if not view.may_ever(info.name, "read")
            for suffix in _DERIVED
        }
        self.unseen_fields = set(_fields_never_shown(view))
        self._leave_out_empty()
        self.copies: dict[str, GraphQLNamedType] = {}

    def made(self) -> GraphQLSchema:
        """The copy: what its roots lead to, and the objects that a node may be."""
        query, mutation = self.schema.query_type, self.schema.mutation_type
        told = self.schema.subscription_type
        nodes = [
            self.copy(type_)
            for name, type_ in self.types.items()
            if name not in self.unseen and isinstance(type_, GraphQLObjectType) and type_.interfaces
        ]
        return GraphQLSchema(
            query=self.copy(query),
            mutation=self.copy(mutation) if mutation and mutation.name not in self.unseen else None,
            subscription=self.copy(told) if told and told.name not in self.unseen else None,
            types=nodes,
            directives=specified_directives,
        )

    def _leave_out_empty(self) -> None:
        """A type of which nothing is left goes too, and what refers to it."""
        before = -1
        while before != len(self.unseen):
            before = len(self.unseen)
            for name, type_ in self.types.items():
                if isinstance(type_, _WITH_FIELDS) and name not in self.unseen and not self.fields(type_):
                    self.unseen.add(name)

    def fields(self, type_: Any) -> dict[str, Any]:
        """The fields that are left."""
        return {
            name: field
            for name, field in type_.fields.items()
            if get_named_type(field.type).name not in self.unseen
            and (type_.name, name) not in self.unseen_fields
            and self._may_be_asked(field)
        }

    def _may_be_asked(self, field: Any) -> bool:
        permission = field.extensions.get("permission")
        return permission is None or self.view.may_ever(*permission)

    def copy(self, type_: Any) -> Any:
        """The type, with what it refers to."""
        if isinstance(type_, GraphQLNonNull | GraphQLList):
            return type(type_)(self.copy(type_.of_type))
        if type_.name not in self.copies:
            self.copies[type_.name] = self._copied(type_)
        return self.copies[type_.name]

    def _copied(self, type_: Any) -> GraphQLNamedType:
        said = {"name": type_.name, "description": type_.description}
        if isinstance(type_, GraphQLInputObjectType):
            return GraphQLInputObjectType(**said, fields=lambda: self._input_fields(type_))
        if isinstance(type_, GraphQLInterfaceType):
            return GraphQLInterfaceType(**said, fields=lambda: self._output_fields(type_))
        if isinstance(type_, GraphQLObjectType):
            interfaces = [self.copy(interface) for interface in type_.interfaces]
            return GraphQLObjectType(**said, fields=lambda: self._output_fields(type_), interfaces=interfaces)
        if isinstance(type_, GraphQLEnumType):
            values = {
                name: value
                for name, value in type_.values.items()
                if (type_.name, name) not in self.unseen_fields
            }
            return GraphQLEnumType(**said, values=values)
        assert isinstance(type_, GraphQLNamedType)
        return type_

    def _output_fields(self, type_: Any) -> dict[str, GraphQLField]:
        fields = {}
        for name, field in self.fields(type_).items():
            arguments = {
                key: type(argument)(**argument.to_kwargs() | {"type_": self.copy(argument.type)})
                for key, argument in field.args.items()
                if get_named_type(argument.type).name not in self.unseen
            }
            copied = self.copy(field.type)
            fields[name] = GraphQLField(copied, args=arguments, description=field.description)
        return fields

    def _input_fields(self, type_: Any) -> dict[str, Any]:
        return {
            name: type(field)(**field.to_kwargs() | {"type_": self.copy(field.type)})
            for name, field in self.fields(type_).items()
        }


def _fields_never_shown(view: AccessView) -> Iterator[tuple[str, str]]:
    """What is hideable and no role of the view shows, in every type that names it."""
    for info in REGISTRY:
        given = view.grant(info.name, "read").allow
        for name, spec in {**info.stored(), **info.computed, **info.virtual}.items():
            told_of = {name} | getattr(spec, "tells_of", frozenset())
            is_shown = not getattr(spec, "hideable", False) or all(
                any(clause.shows(each) for clause in given) for each in told_of
            )
            # A part of a resource that is never read has its fields under the plugin's name.
            if not is_shown or (info.extends and not given):
                yield from _mentions(info, name)
        if info.custom and not any(clause.shows(f"{COLUMN}.*") for clause in given):
            yield from _mentions(info, COLUMN)
            yield from _mentions(info, "custom_field")


def _mentions(info: ResourceInfo, name: str) -> Iterator[tuple[str, str]]:
    spelled = camel(name)
    suffixes = (*_CONDITIONS, *_NUMBERS, "Group")
    own = [info.type_name, *(info.type_name + suffix for suffix in suffixes)]
    if info.extends:
        bases = {REGISTRY[info.extends].type_name, "Party"}
        own = [base + pascal(info.plugin) + suffix for base in bases for suffix in ("", *_CONDITIONS)]
    for type_name in own:
        yield from ((type_name, key) for key in (spelled, f"{spelled}Id", f"{spelled}Currency"))
    yield from (
        (f"{info.type_name}GroupField", snake(key).upper()) for key in (spelled, f"{spelled}Currency")
    )
