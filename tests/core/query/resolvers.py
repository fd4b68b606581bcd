"""The oracle behind graphql-core: plain resolvers, one a field, so that the specification's own executor answers.

Fragments, directives, merged fields, null propagation and paths of errors are graphql-core's here; rows, filters,
orders and access are the oracle's. Groups are answered whole: they have no fragments in these tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    execute_sync,
    parse,
    value_from_ast_untyped,
)

from tests.core.query.answers import Answerer
from tests.core.query.oracle import Pick, Refusal, Time
from tests.core.query.rows import Row
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import LinkSpec, OtherEndSpec
from xrm_core.errors import Invalid

MONEY = [Pick("amount"), Pick("currency")]


@dataclass(frozen=True)
class Thing:
    """A row where it was found."""

    info: ResourceInfo
    row: Row
    time: Time
    parent: Row | None = None


@dataclass(frozen=True)
class Added:
    """What a plugin adds to a row."""

    thing: Thing
    namespace: str
    part: ResourceInfo | None
    row: Row | None


class Resolvers:
    """Answers operations against a schema as graphql-core does."""

    def __init__(self, schema: GraphQLSchema, answerer: Answerer) -> None:
        self.schema, self.answerer, self.oracle = schema, answerer, answerer.oracle

    def answer(self, text: str, variables: Mapping[str, Any]) -> ExecutionResult:
        """Data and errors."""
        document = parse(text)
        operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        raw = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        return execute_sync(
            self.schema,
            document,
            variable_values=dict(variables),
            context_value={**raw, **variables},
            field_resolver=self.resolve,
        )

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **_coerced: Any) -> Any:
        """One field."""
        pick = self._pick(info.field_nodes[0], info.context)
        try:
            return self._answer(source, info, pick)
        except Refusal as refused:
            raise GraphQLError("refused", original_error=Invalid("refused")) from refused

    def _answer(self, source: Any, info: GraphQLResolveInfo[Any], pick: Pick) -> Any:
        if pick.name.endswith("Aggregate"):
            pick = self._whole(info.field_nodes, info.context)
        if source is None:
            return self._root(pick)
        if isinstance(source, Thing):
            return self._field(source, pick)
        if isinstance(source, Added):
            return self._added(source, pick)
        return source[pick.key] if pick.key in source else source[pick.name]

    def _pick(self, node: FieldNode, raw: Mapping[str, Any]) -> Pick:
        args = {one.name.value: value_from_ast_untyped(one.value, dict(raw)) for one in node.arguments or ()}
        given = {name: value for name, value in args.items() if value is not Undefined}
        return Pick(node.name.value, given, [], node.alias.value if node.alias else "")

    def _whole(self, nodes: list[FieldNode], raw: Mapping[str, Any]) -> Pick:
        pick = self._pick(nodes[0], raw)
        for node in nodes:
            pick.children += self._children(node.selection_set, raw)
        return pick

    def _children(self, selected: SelectionSetNode | None, raw: Mapping[str, Any]) -> list[Pick]:
        return [
            self._whole([node], raw)
            for node in (selected.selections if selected else ())
            if isinstance(node, FieldNode)
        ]

    # ---- kinds of fields ---------------------------------------------------------------------------

    def _root(self, pick: Pick) -> Any:
        oracle, now = self.oracle, Time(self.oracle.today)
        for info in REGISTRY:
            if info.extends or not info.root:
                continue
            if pick.name == info.one:
                found = oracle.by_id.get(info.name, {})
                row = next((row for id_, row in found.items() if str(id_) == pick.args["id"]), None)
                return None if row is None or not oracle.sees(info, row) else Thing(info, row, now)
            if pick.name == info.many:
                time = self.answerer._time(pick, now)
                seen = [row for row in oracle.rows.get(info.name, []) if oracle.sees(info, row)]
                return self._page(
                    info, [row for row in seen if oracle.dated(info, row, time)], pick, time, None
                )
        return self.answerer.root(pick)

    def _field(self, thing: Thing, pick: Pick) -> Any:
        info, row, time = thing.info, thing.row, thing.time
        lists = {inverse.name: inverse for inverse in info.inverses.values() if inverse.namespace is None}
        if pick.name in lists:
            return self._list(lists[pick.name], row, pick, time)
        if pick.name.removesuffix("Aggregate") in lists:
            return self.answerer._hanging_groups(lists[pick.name.removesuffix("Aggregate")], row, pick, time)
        part = self.oracle.find(info, pick.name)
        if isinstance(part, OtherEndSpec):
            first, second = info.links[part.first], info.links[part.second]
            from_second = thing.parent is not None and row[first.column] != thing.parent["id"]
            part = first if from_second else second
        if isinstance(part, LinkSpec):
            return self._linked(info, row, part, time)
        if isinstance(part, str):
            extension, found = self.oracle.extension(info, row, pick.name)
            if info.name == "core.party" and extension is None:
                extension, found = self._by_edge(row, pick, time)
            return Added(thing, pick.name, extension, found)
        return self.answerer._value(info, row, part, Pick(pick.name, {}, MONEY))

    def _by_edge(self, row: Row, pick: Pick, time: Time) -> tuple[ResourceInfo | None, Row | None]:
        on_edges = REGISTRY["core.relationship"].extensions
        if not any(name.startswith(f"{pick.name}.") for name in on_edges):
            return None, None
        return self.answerer._by_edge(row, pick, time)

    def _linked(self, info: ResourceInfo, row: Row, spec: LinkSpec, time: Time) -> Thing | None:
        if spec.hideable and not self.oracle.shows(info, row, spec.name):
            return None
        target = self.oracle.linked(row, spec)
        return None if target is None else Thing(REGISTRY[spec.target], target, time)

    def _added(self, added: Added, pick: Pick) -> Any:
        thing = added.thing
        inverse = thing.info.inverses.get(f"{added.namespace}.{pick.name.removesuffix('Aggregate')}")
        if inverse is not None and pick.name.endswith("Aggregate"):
            return self.answerer._hanging_groups(inverse, thing.row, pick, thing.time)
        if inverse is not None:
            return self._list(inverse, thing.row, pick, thing.time)
        assert added.part is not None
        spec = self.oracle.find(added.part, pick.name)
        return self.answerer._value(added.part, added.row, spec, Pick(pick.name, {}, MONEY))

    def _list(self, inverse: InverseInfo, row: Row, pick: Pick, time: Time) -> Any:
        here = self.answerer._time(pick, time)
        rows = self.oracle.listed(inverse, row, here)
        parent = row if len(inverse.links) > 1 else None
        return self._page(REGISTRY[inverse.source], rows, pick, here, parent)

    def _page(self, info: ResourceInfo, rows: list[Row], pick: Pick, time: Time, parent: Row | None) -> Any:
        page, total = self.answerer.page(info, rows, pick, time)
        things = [Thing(info, row, time, parent) for row in page]
        backward = pick.args.get("last") is not None
        flags = {
            "hasNextPage": total > len(page) and not backward,
            "hasPreviousPage": total > len(page) and backward,
        }
        return {
            "nodes": things,
            "edges": [{"node": thing} for thing in things],
            "totalCount": total,
            "pageInfo": flags,
        }
