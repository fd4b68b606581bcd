"""The root type Subscription and what it tells."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from xrm_core.api.context import ResolveInfo
from xrm_core.api.objects import NODE
from xrm_core.api.scalars import DATE_TIME
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.events.announcing import RESYNC


def subscription_type(object_of: Callable[[ResourceInfo], GraphQLObjectType]) -> GraphQLObjectType:
    """Subscription, whose Job is the derived one."""
    told: Any = GraphQLNonNull(_change())
    job: Any = GraphQLNonNull(object_of(REGISTRY["core.job"]))
    types: Any = GraphQLList(GraphQLNonNull(GraphQLString))
    fields = {
        "changes": GraphQLField(
            told,
            args={
                "types": GraphQLArgument(
                    types, description="Names of types, such as Party; all of them if left out."
                ),
                "objectId": GraphQLArgument(GraphQLID, description="Only of this object."),
            },
            resolve=_event,
            description="What others change, of what you may read at that moment.",
        ),
        "job": GraphQLField(
            job,
            args={"id": GraphQLArgument(GraphQLNonNull(GraphQLID))},
            resolve=_job,
            description="A job as it is now, and again whenever it has come further, until it has ended.",
        ),
    }
    return GraphQLObjectType("Subscription", fields, description="Everything that is told while it happens.")


def _change() -> GraphQLObjectType:
    text: Any = GraphQLNonNull(GraphQLString)
    identity: Any = GraphQLNonNull(GraphQLID)
    return GraphQLObjectType(
        "Change",
        {
            "type": GraphQLField(text, description="The name of the object's type, as in __typename."),
            "id": GraphQLField(identity, description=f"All zeros where the kind is {RESYNC}."),
            "kind": GraphQLField(
                text, description=f"created, changed, deleted, or {RESYNC}: read all of the type again."
            ),
            "at": GraphQLField(GraphQLNonNull(DATE_TIME)),
            "version": GraphQLField(
                GraphQLInt, description="The version it has since; null if it is not known."
            ),
            "node": GraphQLField(
                NODE, resolve=_node, description="The object as you may read it now; null if it is gone."
            ),
        },
        description="That something was changed. Several changes may be told as one; the last one is never left out.",
    )


def _event(_source: Any, info: ResolveInfo, **_arguments: Any) -> Any:
    return info.context.event


async def _job(_source: Any, info: ResolveInfo, **_arguments: Any) -> Any:
    return await info.context.loader.load("core.job", info.context.event, info)


async def _node(source: Mapping[str, Any], info: ResolveInfo) -> Any:
    for resource in REGISTRY:
        if resource.type_name == source["type"] and not resource.extends and source["kind"] != RESYNC:
            return await info.context.loader.load(resource.name, source["id"], info)
    return None
