"""Commands as mutations and questions as fields of Query, derived from their declarations."""

from collections.abc import Callable
from enum import Enum
from typing import Any, get_origin

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInt,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from xrm_core.api.context import ResolveInfo
from xrm_core.api.plain import PlainTypes, split_optional
from xrm_core.declare.command import CommandInfo, Input
from xrm_core.declare.inputs import checked
from xrm_core.declare.question import QueryInfo
from xrm_core.declare.resource import Resource
from xrm_core.declare.run import as_id
from xrm_core.ids import Id
from xrm_core.text import camel


def command_field(info: CommandInfo, plain: PlainTypes) -> GraphQLField:
    """The mutation of a command."""
    returns = info.returns if info.returns is not None else bool
    beside = _beside(info)
    if info.flat or info.given is None:
        arguments = {name: GraphQLArgument(field.type) for name, field in beside.items()}
        if info.given is not None:
            own = plain.arguments(info.given)
            arguments |= {name: GraphQLArgument(field.type) for name, field in own.items()}
    else:
        input_type = plain.input_object(info.given, info.input_name, lambda: beside)
        arguments = {"input": GraphQLArgument(GraphQLNonNull(input_type))}

    async def resolve(_source: Any, given: ResolveInfo, **values: Any) -> Any:
        result = await given.context.app.run_command(info, given.context, values.get("input", values))
        return await read_back(result, given)

    return GraphQLField(
        plain.output(returns),
        args=arguments,
        resolve=resolve,
        description=info.description or None,
        extensions={} if info.checks_itself else _permission(info),
    )


def _beside(info: CommandInfo) -> dict[str, GraphQLInputField]:
    if info.on is None:
        return {"unitId": GraphQLInputField(GraphQLID)}
    return {
        "id": GraphQLInputField(GraphQLNonNull(GraphQLID)),
        "expectedVersion": GraphQLInputField(
            GraphQLInt, description="Fail with CONFLICT if it is at another."
        ),
    }


def query_field(info: QueryInfo, plain: PlainTypes) -> GraphQLField:
    """The field of Query of a question."""
    arguments = {}
    for name, (annotation, default) in info.arguments.items():
        bare, nullable = split_optional(annotation)
        type_ = plain.argument(name, bare)
        needed = not nullable and default is _nothing()
        arguments[camel(name).rstrip("_")] = GraphQLArgument(
            GraphQLNonNull(type_) if needed else type_, out_name=name
        )

    async def resolve(_source: Any, given: ResolveInfo, **values: Any) -> Any:
        result = await given.context.app.run_query(info, given.context, _typed(info, values))
        return await read_back(result, given)

    return GraphQLField(
        plain.output(info.returns),
        args=arguments,
        resolve=resolve,
        description=info.description or None,
        extensions=_permission(info),
    )


def _permission(info: CommandInfo | QueryInfo) -> dict[str, Any]:
    """What the field takes, for those who show only what somebody may ever do."""
    return {"permission": (info.object, info.action)}


def _typed(info: QueryInfo, values: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the question takes them: ids, members of enums, inputs. Raises: Invalid naming the argument."""
    typed = dict(values)
    for name, (annotation, _) in info.arguments.items():
        bare, _nullable = split_optional(annotation)
        if typed.get(name) is None:
            continue
        if get_origin(bare) is Id:
            typed[name] = as_id(typed[name], camel(name))
        elif isinstance(bare, type) and issubclass(bare, Enum):
            typed[name] = bare(typed[name])
        elif isinstance(bare, type) and issubclass(bare, Input):
            typed[name] = checked(bare, typed[name])
    return typed


def _nothing() -> Any:
    import inspect  # only for the marker of a parameter without default

    return inspect.Parameter.empty


def reading_back(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver whose ids of resources become the objects, read through the read path."""

    async def resolved(source: Any, given: ResolveInfo, **values: Any) -> Any:
        result = resolve(source, given, **values)
        if hasattr(result, "__await__"):
            result = await result
        return await read_back(result, given)

    return resolved


async def read_back(result: Any, info: ResolveInfo) -> Any:
    """Where the field answers with derived objects: those objects, as the asker may see them; else the result."""
    resource = get_named_type(info.return_type).extensions.get("resource")
    if isinstance(result, Resource):
        resource, result = result.__resource__, result.id
    if resource is None or result is None:
        return result
    if is_list_type(get_nullable_type(info.return_type)):
        return await info.context.loader.load_all(resource, [_id_of(item) for item in result], info)
    return await info.context.loader.load(resource, _id_of(result), info)


def _id_of(item: Any) -> Any:
    return item.id if isinstance(item, Resource) else item
