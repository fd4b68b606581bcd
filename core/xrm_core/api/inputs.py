"""Inputs derived from resources: filters, orders, groups and what goes with aggregates."""

from enum import Enum
from functools import cache
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from xrm_core.api.scalars import DATE, DATE_TIME, DECIMAL, JSON
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.query.aggregate import NUMERIC
from xrm_core.query.compiler import BASE_FIELDS
from xrm_core.query.shape import LITERAL
from xrm_core.text import pascal, snake

DIRECTION = GraphQLEnumType("Direction", {"ASC": "ASC", "DESC": "DESC"}, description="Which end comes first.")
DATE_PART = GraphQLEnumType(
    "DatePart",
    {part: part for part in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")},
    description="How to cut dates.",
)
SCALAR_OF: dict[Kind, Any] = {
    Kind.TEXT: GraphQLString,
    Kind.CODE: GraphQLString,
    Kind.INTEGER: GraphQLInt,
    Kind.DECIMAL: DECIMAL,
    Kind.BOOLEAN: GraphQLBoolean,
    Kind.DATE: DATE,
    Kind.MOMENT: DATE_TIME,
    Kind.JSON: JSON,
    Kind.ID: GraphQLID,
    Kind.MONEY: DECIMAL,
}
_ORDERED = ("lt", "lte", "gt", "gte")
_TEXT = ("contains", "startsWith", "endsWith")
Fields = dict[str, GraphQLInputField]


@cache
def enum_type(enum: type[Enum]) -> GraphQLEnumType:
    """A Python enum as the API's; its values are the members' names."""
    values = {member.name: str(member.value) for member in enum}
    return GraphQLEnumType(enum.__name__, values, description=" ".join((enum.__doc__ or "").split()))


def scalar_of(spec: FieldSpec | ComputedSpec) -> Any:
    """The scalar or enum a value has in the API."""
    return enum_type(spec.enum) if spec.kind is Kind.ENUM and spec.enum else SCALAR_OF[spec.kind]


def optional(type_: Any, description: str = "") -> GraphQLInputField:
    """An input field that may be left out."""
    return GraphQLInputField(type_, description=description or None)


def listed(type_: Any) -> Any:
    """A list without nulls."""
    return GraphQLList(GraphQLNonNull(type_))


@cache
def filter_type(name: str, scalar: Any, operators: tuple[str, ...]) -> GraphQLInputObjectType:
    """The operators on one kind of value."""
    fields = {
        operator: optional(listed(scalar) if operator in ("in", "notIn") else scalar)
        for operator in operators
    }
    fields["isNull"] = optional(GraphQLBoolean)
    return GraphQLInputObjectType(name, fields, description=f"Conditions on a {name.removesuffix('Filter')}.")


def filter_of(spec: FieldSpec | ComputedSpec) -> GraphQLInputObjectType:
    """The filter of a value, by its kind."""
    scalar, same = scalar_of(spec), ("eq", "ne", "in", "notIn")
    if spec.kind is Kind.JSON:
        return filter_type("JSONFilter", JSON, ())
    if spec.kind in (Kind.TEXT, Kind.CODE):
        return filter_type("StringFilter", GraphQLString, (*same, *_ORDERED, *_TEXT))
    if spec.kind is Kind.BOOLEAN:
        return filter_type("BooleanFilter", GraphQLBoolean, ("eq", "ne"))
    if spec.kind in (Kind.ID, Kind.ENUM):
        return filter_type(f"{scalar.name}Filter", scalar, same)
    return filter_type(f"{scalar.name}Filter", scalar, (*same, *_ORDERED))


def sum_filter_of(spec: FieldSpec | ComputedSpec) -> GraphQLInputObjectType:
    """The filter of a sum or an average of a value: of whole numbers these are decimals."""
    return filter_of(FieldSpec(kind=Kind.DECIMAL) if spec.kind is Kind.INTEGER else spec)


NULLS = GraphQLEnumType(
    "Nulls", {"FIRST": "FIRST", "LAST": "LAST"}, description="Where what has no value comes in an order."
)
CUSTOM_CONDITION = GraphQLInputObjectType(
    "CustomFieldCondition",
    {
        "key": GraphQLInputField(
            GraphQLNonNull(GraphQLString), description="Which field.", extensions={LITERAL: True}
        ),
        **{operator: optional(JSON) for operator in ("eq", "ne", *_ORDERED)},
        **{operator: optional(listed(JSON)) for operator in ("in", "notIn")},
        **{operator: optional(GraphQLString) for operator in _TEXT},
        "isNull": optional(GraphQLBoolean),
    },
    description="Conditions on a custom field: the operators of its kind, with values as customFields shows them.",
)


def custom_order(*, nulls: bool) -> Fields:
    """What orders by a custom field."""
    name = GraphQLInputField(
        GraphQLString, description="By the custom field with this key, ascending.", extensions={LITERAL: True}
    )
    fields = {"customField": name, "direction": optional(DIRECTION, "Of the custom field.")}
    return fields | ({"nulls": optional(NULLS, "Of the custom field; LAST unless said.")} if nulls else {})


COUNT = FieldSpec(name="count", kind=Kind.INTEGER)
ID_SPEC = FieldSpec(name="id", kind=Kind.ID)
CURRENCY_SPEC = FieldSpec(name="currency", kind=Kind.CODE)


class Inputs:
    """All derived inputs of one schema, made when first asked for."""

    def __init__(self, plugins: frozenset[str]) -> None:
        self.shown = {"core", *plugins}
        self._made: dict[str, GraphQLInputObjectType] = {}
        self._group_fields: dict[str, GraphQLEnumType] = {}

    def make(self, name: str, fields: Any, description: str) -> GraphQLInputObjectType:
        """The input of that name, made once; `fields` is called when the schema is complete."""
        if name not in self._made:
            self._made[name] = GraphQLInputObjectType(name, fields, description=description)
        return self._made[name]

    def values(self, info: ResourceInfo) -> dict[str, FieldSpec | ComputedSpec]:
        """The values of a resource by API name, base fields first."""
        own = {
            name: spec
            for name, spec in info.api_names().items()
            if isinstance(spec, FieldSpec | ComputedSpec)
        }
        return {**BASE_FIELDS, **own}

    def links(self, info: ResourceInfo) -> dict[str, LinkSpec]:
        """The links of a resource by API name."""
        return {name: spec for name, spec in info.api_names().items() if isinstance(spec, LinkSpec)}

    def lists(self, info: ResourceInfo, namespace: str | None = None) -> list[InverseInfo]:
        """The lists that hang on a resource, of one namespace."""
        return [
            inverse
            for inverse in info.inverses.values()
            if inverse.namespace == namespace and REGISTRY[inverse.source].plugin in self.shown
        ]

    def namespaces(self, info: ResourceInfo) -> dict[str, ResourceInfo | None]:
        """The plugins that add something to a resource, with their 1:1 part if they have one."""
        found: dict[str, ResourceInfo | None] = {}
        for inverse in info.inverses.values():
            if inverse.namespace and REGISTRY[inverse.source].plugin in self.shown:
                found[inverse.namespace] = None
        for name in info.extensions:
            extension = REGISTRY[name]
            if extension.plugin in self.shown:
                found[extension.plugin] = extension
        return found

    def where(self, info: ResourceInfo) -> GraphQLInputObjectType:
        """RWhere."""
        name = f"{info.type_name}Where"
        return self.make(name, lambda: self._where_fields(info, name), f"Which {info.many}.")

    def _where_fields(self, info: ResourceInfo, name: str) -> Fields:
        fields = self._value_filters(info)
        for link_name, spec in self.links(info).items():
            fields[link_name] = optional(self.where(REGISTRY[spec.target]))
            fields[f"{link_name}Id"] = optional(filter_of(ID_SPEC))
        for inverse in self.lists(info):
            fields[inverse.name] = optional(self._list_where(inverse))
        for namespace, extension in self.namespaces(info).items():
            fields[namespace] = optional(self._namespace(info, namespace, extension, "Where"))
        if info.custom:
            fields["customFields"] = optional(listed(CUSTOM_CONDITION), "Conditions that all hold.")
        own = self._made[name]
        return {**fields, "and": optional(listed(own)), "or": optional(listed(own)), "not": optional(own)}

    def _value_filters(self, info: ResourceInfo) -> Fields:
        fields: Fields = {}
        for name, spec in self.values(info).items():
            fields[name] = optional(filter_of(spec))
            if spec.kind is Kind.MONEY:
                fields[f"{name}Currency"] = optional(filter_of(CURRENCY_SPEC))
        return fields

    def _namespace(
        self, info: ResourceInfo, namespace: str, extension: ResourceInfo | None, suffix: str
    ) -> GraphQLInputObjectType:
        name = f"{info.type_name}{pascal(namespace)}{suffix}"

        def fields() -> Fields:
            is_where = suffix == "Where"
            made: Fields = {}
            if extension is not None:
                made = self._value_filters(extension) if is_where else self._value_orders(extension)
                for base in BASE_FIELDS:
                    made.pop(base, None)
            for inverse in self.lists(info, namespace):
                made[inverse.name] = optional(
                    self._list_where(inverse) if is_where else self._list_order(inverse)
                )
            return made

        return self.make(name, fields, f"The {namespace} part of a {info.type_name}.")

    def _list_where(self, inverse: InverseInfo) -> GraphQLInputObjectType:
        info = REGISTRY[inverse.source]
        name = info.type_name

        def fields() -> Fields:
            where = self.where(info)
            return {
                "some": optional(where, "At least one is so."),
                "none": optional(where, "Not one is so."),
                "every": optional(where, "All there are, if any, are so."),
                "aggregate": optional(
                    self._aggregate_where(info, f"{name}AggregateFilter", with_rows=True),
                    "Numbers of those there are; the sum of nothing is compared as 0.",
                ),
            }

        return self.make(f"{name}ListWhere", fields, f"Conditions on a list of {info.many}.")

    def aggregate_where(self, info: ResourceInfo) -> GraphQLInputObjectType:
        """RAggregateWhere, for `having`."""
        return self._aggregate_where(info, f"{info.type_name}AggregateWhere", with_rows=False)

    def _aggregate_where(self, info: ResourceInfo, name: str, *, with_rows: bool) -> GraphQLInputObjectType:
        def fields() -> Fields:
            made: Fields = {"count": optional(filter_of(COUNT))}
            if with_rows:
                made["where"] = optional(self.where(info), "Which of them are counted.")
            custom = {"customFields": optional(listed(CUSTOM_CONDITION))}
            numbers = self._measured(info, "NumbersWhere", filter_of, custom)
            if numbers is not None:
                made |= {function: optional(numbers) for function in ("min", "max")}
                has_wholes = any(spec.kind is Kind.INTEGER for spec in self.measured(info).values())
                worked = self._measured(info, "SumsWhere", sum_filter_of, custom) if has_wholes else numbers
                made |= {function: optional(worked) for function in ("sum", "avg")}
            return made

        return self.make(name, fields, f"Conditions on counts and sums of {info.many}.")

    def measured(self, info: ResourceInfo) -> dict[str, FieldSpec | ComputedSpec]:
        """The values that can be summed or compared."""
        kinds = NUMERIC | {Kind.DATE, Kind.MOMENT}
        return {
            name: spec
            for name, spec in self.values(info).items()
            if spec.kind in kinds and name not in BASE_FIELDS
        }

    def _measured(
        self, info: ResourceInfo, suffix: str, of: Any, custom: Fields
    ) -> GraphQLInputObjectType | None:
        values = self.measured(info)
        more = custom if info.custom else {}
        if not values and not more:
            return None
        return self.make(
            f"{info.type_name}{suffix}",
            lambda: {**more, **{name: optional(of(spec)) for name, spec in values.items()}},
            f"The numbers of {info.many}.",
        )

    def order(self, info: ResourceInfo) -> GraphQLInputObjectType:
        """ROrder."""

        def fields() -> Fields:
            made = self._value_orders(info)
            for name, spec in self.links(info).items():
                made[name] = optional(self.order(REGISTRY[spec.target]))
            for inverse in self.lists(info):
                made[inverse.name] = optional(self._list_order(inverse))
            for namespace, extension in self.namespaces(info).items():
                made[namespace] = optional(self._namespace(info, namespace, extension, "Order"))
            return {**custom_order(nulls=True), **made} if info.custom else made

        return self.make(f"{info.type_name}Order", fields, "One field and its direction.")

    def _value_orders(self, info: ResourceInfo) -> Fields:
        fields: Fields = {}
        for name, spec in self.values(info).items():
            if spec.kind is not Kind.JSON:
                fields[name] = optional(DIRECTION)
                if spec.kind is Kind.MONEY:
                    fields[f"{name}Currency"] = optional(DIRECTION)
        return fields

    def _list_order(self, inverse: InverseInfo) -> GraphQLInputObjectType:
        info = REGISTRY[inverse.source]
        return self.make(
            f"{info.type_name}ListOrder",
            lambda: {
                "aggregate": optional(self._aggregate_order(info, f"{info.type_name}AggregateBy", True))
            },
            f"By a number of {info.many}.",
        )

    def aggregate_order(self, info: ResourceInfo) -> GraphQLInputObjectType:
        """RAggregateOrder."""
        return self._aggregate_order(info, f"{info.type_name}AggregateOrder", False)

    def _aggregate_order(self, info: ResourceInfo, name: str, with_rows: bool) -> GraphQLInputObjectType:
        def fields() -> Fields:
            made: Fields = {"count": optional(DIRECTION)}
            if with_rows:
                made["where"] = optional(self.where(info))
            else:
                made["keys"] = optional(DIRECTION, "By the keys, in the order of groupBy.")
            custom = custom_order(nulls=False)
            numbers = self._measured(info, "NumbersOrder", lambda _spec: DIRECTION, custom)
            if numbers is not None:
                made |= {function: optional(numbers) for function in ("sum", "avg", "min", "max")}
            return made

        return self.make(name, fields, f"By counts and sums of {info.many}.")

    def group(self, info: ResourceInfo) -> GraphQLInputObjectType:
        """RGroup."""

        def fields() -> Fields:
            made = {"field": optional(self._group_field(info)), "by": optional(DATE_PART)}
            for name, spec in self.links(info).items():
                made[name] = optional(self.group(REGISTRY[spec.target]))
            if info.custom:
                made["customField"] = GraphQLInputField(
                    GraphQLString, description="The custom field with this key.", extensions={LITERAL: True}
                )
            return made

        return self.make(f"{info.type_name}Group", fields, "A field to group by, own or through a link.")

    def _group_field(self, info: ResourceInfo) -> GraphQLEnumType:
        name = f"{info.type_name}GroupField"
        if name not in self._group_fields:
            names: list[str] = []
            for field_name, spec in self.values(info).items():
                if spec.kind is not Kind.JSON:
                    names.append(field_name)
                    names += [f"{field_name}Currency"] if spec.kind is Kind.MONEY else []
            names += list(self.links(info))
            values = {snake(field_name).upper(): snake(field_name).upper() for field_name in names}
            self._group_fields[name] = GraphQLEnumType(name, values)
        return self._group_fields[name]
