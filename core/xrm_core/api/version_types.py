"""The versions of an object in the schema: `Relationship.versions`."""

from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from xrm_core.api.scalars import DATE_TIME
from xrm_core.declare.historical import RECORDED_AT
from xrm_core.declare.registry import ResourceInfo
from xrm_core.query.compiler import BASE_FIELDS
from xrm_core.query.fields import ValueField
from xrm_core.query.version_fields import ChangedField, KnownToField, VersionedObjectField, VersionsField

if TYPE_CHECKING:
    from xrm_core.api.objects import Objects


def versions_field(objects: "Objects", info: ResourceInfo, *, inner: bool = False) -> GraphQLField:
    """The field `versions` of a historical resource."""
    extensions: dict[str, Any] = {"sql": VersionsField(info), **({"inner": True} if inner else {})}
    return GraphQLField(
        GraphQLNonNull(
            objects.connection_of(f"{info.type_name}Version", _version(objects, info), "versions")
        ),
        args={
            "first": GraphQLArgument(GraphQLInt, description="50 unless said, at most 500."),
            "after": GraphQLArgument(GraphQLString),
            "last": GraphQLArgument(GraphQLInt),
            "before": GraphQLArgument(GraphQLString),
        },
        description="What was ever known of it, newest first, whatever times the question is about.",
        extensions=extensions,
    )


def _version(objects: "Objects", info: ResourceInfo) -> GraphQLObjectType:
    def fields() -> dict[str, GraphQLField]:
        return {
            "version": _field(GraphQLInt, ValueField(BASE_FIELDS["version"]), "The number it had."),
            "recordedAt": _field(DATE_TIME, ValueField(info.fields[RECORDED_AT]), "Since when it was known."),
            "knownTo": GraphQLField(
                DATE_TIME,
                description="Since when it no longer was; null: it is known now.",
                extensions={"sql": KnownToField()},
            ),
            "changed": _field(
                GraphQLList(GraphQLNonNull(GraphQLString)),
                ChangedField(info),
                "The fields in which it differs from the version before; none in the first.",
            ),
            "object": _field(
                objects.object(info),
                VersionedObjectField(),
                "Its own values and links as they were; what hangs on it as the question is about.",
            ),
        }

    return objects.make(
        f"{info.type_name}Version", fields, f"What was known of a {info.type_name} for a time."
    )


def _field(type_: Any, sql: Any, description: str) -> GraphQLField:
    return GraphQLField(GraphQLNonNull(type_), description=description, extensions={"sql": sql})
