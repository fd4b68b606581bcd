"""What an operation selects: fields after fragments are spread and directives obeyed (GraphQL specification)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    SelectionNode,
    SelectionSetNode,
    get_directive_values,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef

_META = {
    "__typename": TypeNameMetaFieldDef,
    "__schema": SchemaMetaFieldDef,
    "__type": TypeMetaFieldDef,
}


@dataclass(slots=True)
class Selected:
    """One field of the answer: its key, its definition, its arguments with leaves for variables."""

    key: str
    name: str
    definition: GraphQLField
    arguments: dict[str, Any]
    nodes: list[FieldNode]
    walker: "Walker"

    def children(self, type_: GraphQLObjectType) -> list["Selected"]:
        """What is selected inside, if the object is of that type."""
        return self.walker.fields(type_, [node.selection_set for node in self.nodes if node.selection_set])


@dataclass(slots=True)
class Walker:
    """Reads selections of one operation against a schema."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    def fields(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> list[Selected]:
        """The fields of an object of `type_`, those of one key merged, in the order of their first mention."""
        grouped: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in sets:
            for node in self._flat(type_, selection_set.selections, spread):
                key = node.alias.value if node.alias else node.name.value
                grouped.setdefault(key, []).append(node)
        return [self._selected(type_, key, nodes) for key, nodes in grouped.items()]

    def _selected(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        definition = _META.get(name) or type_.fields[name]
        arguments = get_argument_values(definition, nodes[0], self.variables)
        return Selected(key, name, definition, arguments, nodes, self)

    def _flat(
        self, type_: GraphQLObjectType, selections: Iterable[SelectionNode], spread: set[str]
    ) -> Iterator[FieldNode]:
        for node in selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(type_, fragment.type_condition.name.value):
                    yield from self._flat(type_, fragment.selection_set.selections, spread)
            else:
                condition = node.type_condition  # type: ignore[attr-defined]
                if condition is None or self._applies(type_, condition.name.value):
                    yield from self._flat(type_, node.selection_set.selections, spread)  # type: ignore[attr-defined]

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        if type_.name == condition:
            return True
        other = self.schema.type_map.get(condition)
        return isinstance(other, GraphQLInterfaceType) and other in type_.interfaces

    def _included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and include["if"] is False)
