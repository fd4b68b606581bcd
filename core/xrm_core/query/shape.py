"""The shape of an operation's variables: what a plan depends on, apart from the values it is given."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    type_from_ast,
)
from graphql.language import ArgumentNode, ObjectFieldNode, Visitor, visit

from xrm_core.query.binds import Leaf

# Arguments that stand in SQL as literals, or decide what is selected: a plan holds for one value of them.
_LITERAL = {"first", "last", "limit", "if", "type", "key"}
# Fields of inputs that name a custom field, which decides what is compared and as what; marked so in the schema.
LITERAL = "literal"
_LITERAL_FIELDS = {"key", "customField"}


class _Literals(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if node.name.value in _LITERAL and isinstance(node.value, VariableNode):
            self.names.add(node.value.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        if node.name.value in _LITERAL_FIELDS and isinstance(node.value, VariableNode):
            self.names.add(node.value.name.value)


def literal_variables(document: DocumentNode) -> frozenset[str]:
    """The variables whose values the plan depends on."""
    visitor = _Literals()
    visit(document, visitor)
    return frozenset(visitor.names)


class Shaper:
    """Splits coerced variables into shape (for finding the plan) and leaves (for compiling it)."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, document: DocumentNode
    ) -> None:
        self.literals = literal_variables(document)
        self.types: dict[str, GraphQLInputType] = {}
        for definition in operation.variable_definitions or []:
            type_ = type_from_ast(schema, definition.type)
            self.types[definition.variable.name.value] = type_  # type: ignore[assignment]
        self._shapes = {name: self._shaping(name) for name in self.types}

    def _shaping(self, name: str) -> Callable[[Any], Hashable]:
        if name in self.literals:
            return _hashable
        type_ = _bare(self.types[name])
        # Most variables are single values.
        return _leaf if isinstance(type_, GraphQLScalarType) else partial(_shape, type_)

    def shape(self, variables: Mapping[str, Any]) -> Hashable:
        """Equal for variables that the same plan serves."""
        shapes = self._shapes
        return tuple([(name, shapes[name](value)) for name, value in variables.items()])

    def tagged(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The variables with a leaf in place of each value that a plan does not depend on."""
        return {
            name: value if name in self.literals else _tag(self.types[name], value, (name,))
            for name, value in variables.items()
        }


def _bare(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _leaf(value: Any) -> Hashable:
    return None if value is None else True


def _shape_of(field: GraphQLInputField, value: Any) -> Hashable:
    return _hashable(value) if field.extensions.get(LITERAL) else _shape(field.type, value)


def _tag_of(field: GraphQLInputField, value: Any, path: tuple[str | int, ...]) -> Any:
    return value if field.extensions.get(LITERAL) else _tag(field.type, value, path)


def _shape(type_: Any, value: Any) -> Hashable:
    type_ = _bare(type_)
    if value is None:
        return None
    if isinstance(type_, GraphQLInputObjectType):
        return tuple((name, _shape_of(type_.fields[name], item)) for name, item in value.items())
    if isinstance(type_, GraphQLList):
        inner = _bare(type_.of_type)
        if isinstance(inner, GraphQLInputObjectType | GraphQLEnumType):
            return tuple(_shape(inner, item) for item in value)
        return "[]"
    if isinstance(type_, GraphQLEnumType):
        return str(value)
    return True


def _tag(type_: Any, value: Any, path: tuple[str | int, ...]) -> Any:
    type_ = _bare(type_)
    if value is None:
        return None
    if isinstance(type_, GraphQLInputObjectType):
        return {name: _tag_of(type_.fields[name], item, (*path, name)) for name, item in value.items()}
    if isinstance(type_, GraphQLList):
        inner = _bare(type_.of_type)
        if isinstance(inner, GraphQLInputObjectType | GraphQLEnumType):
            return [_tag(inner, item, (*path, position)) for position, item in enumerate(value)]
        return Leaf(path)
    return value if isinstance(type_, GraphQLEnumType) else Leaf(path)


def _hashable(value: Any) -> Hashable:
    if isinstance(value, list):
        return tuple(_hashable(item) for item in value)
    return repr(value) if isinstance(value, dict) else value
