"""Object types derived from resources: the object, its connection, its groups, and the root fields of Query."""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from xrm_core.api.inputs import Inputs, listed, scalar_of
from xrm_core.api.scalars import CURRENCY, DATE_TIME, DECIMAL, JSON
from xrm_core.api.version_types import versions_field
from xrm_core.custom.definitions import API_NAME
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec, OtherEndSpec, VirtualSpec
from xrm_core.query.compiler import BASE_FIELDS
from xrm_core.query.custom import CUSTOM, CustomFieldsField
from xrm_core.query.fields import (
    GroupsField,
    LinkField,
    ListField,
    NamespaceField,
    OtherEndField,
    ValueField,
    VirtualField,
)
from xrm_core.query.roots import GroupsRoot, ManyRoot, NodeRoot, NodesRoot, OneRoot
from xrm_core.text import pascal

NODE = GraphQLInterfaceType(
    "Node",
    {"id": GraphQLField(GraphQLNonNull(GraphQLID), description="UUIDv7.")},
    description="Anything with an id.",
)
PAGE_INFO = GraphQLObjectType(
    "PageInfo",
    {
        "hasNextPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "hasPreviousPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "startCursor": GraphQLField(GraphQLString),
        "endCursor": GraphQLField(GraphQLString),
    },
    description="Where a page stands in its list.",
)
MONEY = GraphQLObjectType(
    "Money",
    {
        "amount": GraphQLField(GraphQLNonNull(DECIMAL)),
        "currency": GraphQLField(GraphQLNonNull(CURRENCY)),
    },
    description="An amount in one currency.",
)
Fields = dict[str, GraphQLField]
_CUSTOM = "Fields that an admin added, by key; what has no value is not there. Policies may hide it, or single keys."


def required(type_: Any) -> Any:
    """The type without null."""
    return GraphQLNonNull(type_)


def derived(type_: Any, sql: Any, *, description: str = "", inner: bool = False, **more: Any) -> GraphQLField:
    """A field the database answers."""
    extensions = {"sql": sql, **({"inner": True} if inner else {})}
    return GraphQLField(type_, description=description or None, extensions=extensions, **more)


class Objects:
    """All derived object types of one schema."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        # What a type written as text in a virtual field means: set by those who know all types.
        self.virtual_types: Callable[[str], Any] = lambda text: text
        self.walks: Any = None
        self._made: dict[str, GraphQLObjectType] = {}

    def make(self, name: str, fields: Any, description: str, **more: Any) -> GraphQLObjectType:
        """The object type of that name, made once."""
        if name not in self._made:
            self._made[name] = GraphQLObjectType(name, fields, description=description, **more)
        return self._made[name]

    def object(self, info: ResourceInfo) -> GraphQLObjectType:
        """R."""
        return self.make(
            info.type_name,
            lambda: self._object_fields(info),
            info.description,
            interfaces=[NODE],
            extensions={"resource": info.name},
        )

    def _object_fields(self, info: ResourceInfo) -> Fields:
        fields: Fields = {
            name: derived(required(scalar_of(spec)), ValueField(spec), description=spec.description)
            for name, spec in BASE_FIELDS.items()
        }
        for name, part in info.api_names().items():
            fields[name] = self._own(info, part)
        if info.custom:
            fields[API_NAME] = derived(required(JSON), CustomFieldsField(info), description=_CUSTOM)
        for inverse in self.inputs.lists(info):
            fields |= self._list_fields(inverse)
        if info.name == "core.party":
            fields["controls"] = self.walks.controls()
        edges = self._edge_namespaces(info) if info.name == "core.party" else {}
        for namespace, extension in self.inputs.namespaces(info).items():
            if namespace not in edges:
                fields[namespace] = self._namespace(info, namespace, extension)
        if info.history is not None:
            fields["versions"] = versions_field(self, info)
        return fields | edges

    def _own(self, info: ResourceInfo, part: Any, *, inner: bool = False) -> GraphQLField:
        if isinstance(part, VirtualSpec):
            type_ = self.virtual_types(part.graphql)
            return derived(type_, VirtualField(info, part), description=part.description, inner=inner)
        if isinstance(part, LinkSpec):
            target = self.object(REGISTRY[part.target])
            # A link is shown only if its target is: nullable even where it is required, but for what anyone sees.
            solid = not part.nullable and not part.hideable and not inner
            type_ = required(target) if solid else target
            return derived(type_, LinkField(part), description=part.description, inner=inner)
        if isinstance(part, OtherEndSpec):
            target = self.object(REGISTRY[info.links[part.second].target])
            return derived(required(target), OtherEndField(info, part), description=part.description)
        return self._value(part, inner=inner)

    def _value(self, spec: FieldSpec | ComputedSpec, *, inner: bool) -> GraphQLField:
        type_ = MONEY if spec.kind is Kind.MONEY else scalar_of(spec)
        shown = type_ if inner or spec.hideable or spec.nullable else required(type_)
        return derived(shown, ValueField(spec), description=spec.description, inner=inner)

    def _list_fields(self, inverse: InverseInfo) -> Fields:
        info = REGISTRY[inverse.source]
        if inverse.as_list:
            return {
                inverse.name: derived(required(GraphQLList(required(self.object(info)))), ListField(inverse))
            }
        return {
            inverse.name: derived(
                required(self.connection(info)), ListField(inverse), args=self.page_arguments(info)
            ),
            f"{inverse.name}Aggregate": derived(
                required(GraphQLList(required(self.aggregate(info)))),
                GroupsField(inverse),
                args=self.group_arguments(info) | self._own_times(info),
            ),
        }

    def _namespace(
        self, info: ResourceInfo, namespace: str, extension: ResourceInfo | None, *, via_edge: bool = False
    ) -> GraphQLField:
        name = f"{info.type_name}{pascal(namespace)}"

        def fields() -> Fields:
            made: Fields = {}
            if extension is not None:
                for part_name, part in extension.api_names().items():
                    made[part_name] = self._own(extension, part, inner=True)
                if extension.history is not None:
                    made["versions"] = versions_field(self, extension, inner=True)
            for inverse in self.inputs.lists(info, namespace):
                made |= self._list_fields(inverse)
            return made

        type_ = self.make(name, fields, f"What {namespace} adds to a {info.type_name}.")
        arguments = {
            "unit": GraphQLArgument(GraphQLID, description="Whose view; your home unit if not said.")
        }
        return derived(
            required(type_),
            NamespaceField(extension, via_edge=via_edge),
            args=arguments if via_edge else {},
            description=extension.description if extension else f"What {namespace} adds.",
        )

    def _edge_namespaces(self, info: ResourceInfo) -> Fields:
        """What plugins think of a party, read from the edge of our unit, beside the lists they hang on the party."""
        own = self.inputs.namespaces(info)
        return {
            namespace: self._namespace(info, namespace, extension, via_edge=True)
            for namespace, extension in self.inputs.namespaces(REGISTRY["core.relationship"]).items()
            if extension is not None and own.get(namespace) is None
        }

    def connection(self, info: ResourceInfo) -> GraphQLObjectType:
        """RConnection."""
        return self.connection_of(info.type_name, self.object(info), info.many)

    def connection_of(self, name: str, node: GraphQLObjectType, many: str) -> GraphQLObjectType:
        """The pages of objects of a type, called after `name`."""
        edge = self.make(
            f"{name}Edge",
            lambda: {"node": GraphQLField(required(node)), "cursor": GraphQLField(required(GraphQLString))},
            f"One of a page of {many}.",
        )
        return self.make(
            f"{name}Connection",
            lambda: {
                "edges": GraphQLField(required(GraphQLList(required(edge)))),
                "nodes": GraphQLField(required(GraphQLList(required(node)))),
                "pageInfo": GraphQLField(required(PAGE_INFO)),
                "totalCount": GraphQLField(required(GraphQLInt), description="Counted only if asked for."),
            },
            f"A page of {many}.",
        )

    def page_arguments(self, info: ResourceInfo) -> dict[str, GraphQLArgument]:
        """What a page can be asked by."""
        arguments = {
            "where": GraphQLArgument(self.inputs.where(info)),
            "orderBy": GraphQLArgument(listed(self.inputs.order(info))),
            "first": GraphQLArgument(GraphQLInt, description="50 unless said, at most 500."),
            "after": GraphQLArgument(GraphQLString),
            "last": GraphQLArgument(GraphQLInt),
            "before": GraphQLArgument(GraphQLString),
        }
        return arguments | self._own_times(info)

    def _own_times(self, info: ResourceInfo) -> dict[str, GraphQLArgument]:
        """A list of what has times of its own, or may hang on it, can be asked about another time."""
        return times() if info.valid or info.history is not None or info.name == "core.party" else {}

    def group_arguments(self, info: ResourceInfo) -> dict[str, GraphQLArgument]:
        """What groups can be asked by."""
        return {
            "where": GraphQLArgument(self.inputs.where(info)),
            "groupBy": GraphQLArgument(listed(self.inputs.group(info))),
            "having": GraphQLArgument(self.inputs.aggregate_where(info)),
            "orderBy": GraphQLArgument(listed(self.inputs.aggregate_order(info))),
            "first": GraphQLArgument(GraphQLInt),
        }

    def aggregate(self, info: ResourceInfo) -> GraphQLObjectType:
        """RAggregate."""
        name = info.type_name

        def fields() -> Fields:
            made: Fields = {
                "keys": GraphQLField(required(JSON), description="The values of groupBy."),
                "count": GraphQLField(required(GraphQLInt)),
                "countDistinct": GraphQLField(required(self._distinct(info))),
                "share": GraphQLField(required(self._share(info)), description="Parts of the total, 0..1."),
            }
            if self.inputs.measured(info) or info.custom:
                numbers = GraphQLField(required(self._numbers(info)))
                made |= {function: numbers for function in ("sum", "avg", "min", "max")}
            return made

        return self.make(f"{name}Aggregate", fields, f"A group of {info.many} and its numbers.")

    def _distinct(self, info: ResourceInfo) -> GraphQLObjectType:
        names = [name for name, spec in self.inputs.values(info).items() if spec.kind is not Kind.JSON]
        return self.make(
            f"{info.type_name}Distinct",
            lambda: (
                {name: GraphQLField(required(GraphQLInt)) for name in names}
                | _custom_number(info, required(GraphQLInt))
            ),
            "How many different values.",
        )

    def _numbers(self, info: ResourceInfo) -> GraphQLObjectType:
        return self.make(
            f"{info.type_name}Numbers",
            lambda: (
                {
                    name: GraphQLField(
                        DECIMAL if spec.kind in (Kind.MONEY, Kind.INTEGER) else scalar_of(spec)
                    )
                    for name, spec in self.inputs.measured(info).items()
                }
                | _custom_number(info, JSON)
            ),
            f"Numbers of a group of {info.many}.",
        )

    def _share(self, info: ResourceInfo) -> GraphQLObjectType:
        summed = [
            name
            for name, spec in self.inputs.measured(info).items()
            if spec.kind in (Kind.MONEY, Kind.DECIMAL, Kind.INTEGER)
        ]
        return self.make(
            f"{info.type_name}Share",
            lambda: (
                {"count": GraphQLField(required(DECIMAL))}
                | {name: GraphQLField(DECIMAL) for name in summed}
                | _custom_number(info, DECIMAL)
            ),
            "Parts of the total, fractions 0..1.",
        )

    def roots(self, resources: list[ResourceInfo]) -> Fields:
        """The derived fields of Query."""
        shown = [info for info in resources if info.root]
        one = {"id": GraphQLArgument(required(GraphQLID))}
        fields: Fields = {
            "node": derived(NODE, NodeRoot(shown), args={**one, "type": GraphQLArgument(GraphQLString)}),
            "nodes": derived(
                required(GraphQLList(NODE)),
                NodesRoot(shown),
                args={"ids": GraphQLArgument(required(listed(GraphQLID)))},
            ),
        }
        fields |= self.walks.roots()
        for info in shown:
            fields[info.one] = derived(self.object(info), OneRoot(info), args=one | times())
            for name in (info.many, *info.model.__also_listed_as__):
                fields[name] = derived(
                    required(self.connection(info)), ManyRoot(info), args=self.page_arguments(info) | times()
                )
            fields[f"{info.many}Aggregate"] = derived(
                required(GraphQLList(required(self.aggregate(info)))),
                GroupsRoot(info),
                args=self.group_arguments(info) | times(),
            )
        return fields


def _custom_number(info: ResourceInfo, type_: Any) -> Fields:
    """A number of a custom field, named by its key: sums and averages are decimals, least and most as it is shown."""
    key = GraphQLArgument(required(GraphQLString))
    return {CUSTOM: GraphQLField(type_, args={"key": key})} if info.custom else {}


def times() -> dict[str, GraphQLArgument]:
    """The two times a question can be about; what is inside is asked about the same ones."""
    return {
        "asOf": GraphQLArgument(DATE_TIME, description="Its day, where you work, counts; today if not said."),
        "knownAt": GraphQLArgument(
            DATE_TIME, description="What was known then; what is known now if not said."
        ),
    }
