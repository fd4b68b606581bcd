"""Plain Python shapes as GraphQL: dataclasses that commands and queries answer with, inputs they are given."""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    get_named_type,
)
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from xrm_core.api.context import ResolveInfo
from xrm_core.api.inputs import enum_type
from xrm_core.api.objects import MONEY, NODE, Objects
from xrm_core.api.scalars import CURRENCY, DATE, DATE_TIME, DECIMAL, JSON
from xrm_core.declare.ref import Ref
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.errors import NotFound
from xrm_core.ids import Id
from xrm_core.money import Money
from xrm_core.text import camel

_SCALARS: dict[Any, Any] = {
    str: GraphQLString,
    int: GraphQLInt,
    float: GraphQLFloat,
    bool: GraphQLBoolean,
    Decimal: DECIMAL,
    dt.date: DATE,
    dt.datetime: DATE_TIME,
    Any: JSON,
    dict: JSON,
    Mapping: JSON,
    Id: GraphQLID,
}
MONEY_INPUT = GraphQLInputObjectType(
    "MoneyInput",
    {
        "amount": GraphQLInputField(GraphQLNonNull(DECIMAL)),
        "currency": GraphQLInputField(GraphQLNonNull(CURRENCY)),
    },
    description="An amount in one currency.",
)


def split_optional(annotation: Any) -> tuple[Any, bool]:
    """The annotation without None, and whether None was allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        return (options[0] if len(options) == 1 else Any), len(options) < len(get_args(annotation))
    return annotation, False


class PlainTypes:
    """GraphQL types for annotations, made once a schema."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        objects.virtual_types = self.named
        self._inputs: dict[str, GraphQLInputObjectType] = {"MoneyInput": MONEY_INPUT}
        self._named: dict[str, Any] = {}

    def name(self, type_: GraphQLObjectType) -> None:
        """Let fields refer to a hand-written type by name."""
        self._named[type_.name] = type_

    def output(self, annotation: Any) -> Any:
        """The type of an answer; an Id of a resource is the object."""
        bare, nullable = split_optional(annotation)
        type_ = self._output(bare)
        return type_ if nullable else GraphQLNonNull(type_)

    def _output(self, annotation: Any) -> Any:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Id:
            return self.objects.object(REGISTRY.of(arguments[0]))
        if origin in (list, tuple, Sequence):
            return GraphQLList(self.output(arguments[0]))
        if annotation is Money:
            return MONEY
        if annotation is Ref:
            return NODE
        if isinstance(annotation, type) and issubclass(annotation, Resource):
            return self.objects.object(REGISTRY.of(annotation))
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return enum_type(annotation)
        if dataclasses.is_dataclass(annotation):
            return self.dataclass(annotation)
        return _SCALARS[origin if origin in (dict, Mapping) else annotation]

    def dataclass(self, shape: Any) -> GraphQLObjectType:
        """A dataclass as an object type of the same name."""
        name = getattr(shape, "__graphql__", shape.__name__)
        if name in self._named:
            return self._named[name]  # type: ignore[no-any-return]

        def fields() -> dict[str, GraphQLField]:
            hints = get_type_hints(shape)
            return {
                camel(part.name).rstrip("_"): GraphQLField(
                    self._said(part) or self.output(hints[part.name]),
                    resolve=_reader(part.name),
                    description=part.metadata.get("description"),
                )
                for part in dataclasses.fields(shape)
            }

        description = " ".join((shape.__doc__ or "").split())
        return self.objects.make(name, fields, description, extensions={"plain": True})

    def _said(self, part: Any) -> Any:
        """The type the field's metadata names; `id` and `invoice_id` are ids and not objects."""
        if "graphql" in part.metadata:
            return self.named(part.metadata["graphql"])
        return GraphQLNonNull(GraphQLID) if part.name == "id" or part.name.endswith("_id") else None

    def named(self, text: str) -> Any:
        """A type written as GraphQL text: `[AvailableTransition!]!`."""
        if text.endswith("!"):
            return GraphQLNonNull(self.named(text[:-1]))
        if text.startswith("["):
            return GraphQLList(self.named(text[1:-1]))
        known = {scalar.name: scalar for scalar in _SCALARS.values()}
        return self._named.get(text) or known.get(text) or self.objects._made[text]

    def arguments(self, model: type[BaseModel]) -> dict[str, GraphQLInputField]:
        """The fields of an input model."""
        fields = {}
        for name, part in model.model_fields.items():
            bare, nullable = split_optional(part.annotation)
            type_ = self.argument(name, bare)
            has_default = part.default is not PydanticUndefined or part.default_factory is not None
            fields[camel(name)] = GraphQLInputField(
                type_ if nullable or has_default else GraphQLNonNull(type_), description=part.description
            )
        return fields

    def argument(self, name: str, annotation: Any) -> Any:
        """The input type of what is given under a name; `id` is an id, whatever is written in it."""
        return GraphQLID if annotation is str and name == "id" else self.input(annotation)

    def input(self, annotation: Any) -> Any:
        """The input type of an annotation."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Id:
            return GraphQLID
        if origin is typing.Literal:
            return GraphQLString
        if origin in (list, tuple, Sequence):
            return GraphQLList(GraphQLNonNull(self.input(arguments[0])))
        if annotation is Money:
            return MONEY_INPUT
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return enum_type(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.input_object(annotation, annotation.__name__)
        return _SCALARS[origin if origin in (dict, Mapping) else annotation]

    def input_object(
        self,
        model: type[BaseModel],
        name: str,
        extra: Callable[[], dict[str, GraphQLInputField]] | None = None,
    ) -> GraphQLInputObjectType:
        """An input model as an input object type."""
        if name not in self._inputs:
            self._inputs[name] = GraphQLInputObjectType(
                name,
                lambda: {**(extra() if extra else {}), **self.arguments(model)},
                description=" ".join((model.__doc__ or "").split()),
            )
        return self._inputs[name]


def _reader(name: str) -> Callable[..., Any]:
    async def follow(ref: Ref, info: ResolveInfo) -> Any:
        try:
            return await info.context.loader.load(ref.resource, ref.id, info)
        except NotFound:
            # What one may no longer see is not there.
            return None

    async def load(value: Any, resource: str, info: ResolveInfo) -> Any:
        if not isinstance(value, list | tuple):
            return await info.context.loader.load(resource, value, info)
        return await info.context.loader.load_all(resource, value, info)

    def read(source: Any, info: ResolveInfo, **_arguments: Any) -> Any:
        if not isinstance(source, dict):
            value = getattr(source, name)
            if isinstance(value, Ref):
                return follow(value, info)
            resource = get_named_type(info.return_type).extensions.get("resource")
            return load(value, resource, info) if resource and value is not None else value
        # What the read path answered is found by the key it was asked under.
        return source[info.path.key] if info.path.key in source else source[name]

    return read
