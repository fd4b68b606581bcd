"""A GraphQL document once it is parsed and validated; kept, since clients send the same ones again and again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    get_variable_values,
    parse,
    validate,
)
from graphql.execution.values import VariableValues
from graphql.language import Visitor, visit
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

from xrm_core.api.limits import check_size, check_text
from xrm_core.api.plainly import PlainVariables, is_storable
from xrm_core.errors import LimitExceeded, Unauthenticated
from xrm_core.query.selection import Selected, Walker
from xrm_core.query.shape import Shaper
from xrm_core.settings import Settings

# Comparing fields of one key with each other takes most of a hostile document's time: a quarter of a second of it.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000
MOST_ERRORS = 20
# How the parser says it.
_TOO_MANY_TOKENS = "tokens. Parsing aborted."
# Characters of a document that is kept with its plans.
LONGEST_KEPT = 20_000
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The most recently used values, no more than `size` of them, nor more than `most` by what `weigh` says of them."""

    def __init__(self, size: int, *, most: int = 0, weigh: Callable[[V], int] = lambda _value: 0) -> None:
        self._size, self._most, self._weigh = size, most, weigh
        self._items: OrderedDict[K, V] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: K) -> V | None:
        """The value, now the most recent."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def put(self, key: K, value: V) -> V:
        """Keep a value, forgetting the least recent one if there are too many."""
        if key in self._items:
            self._weight -= self._weigh(self._items[key])
        self._items[key] = value
        self._items.move_to_end(key)
        self._weight += self._weigh(value)
        while len(self._items) > self._size or (self._weight > self._most and len(self._items) > 1):
            _, gone = self._items.popitem(last=False)
            self._weight -= self._weigh(gone)
        return value


class Refused(Exception):
    """The document or its variables are wrong; each error says where."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


class Prepared:
    """One operation of a valid document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        text: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        *,
        is_open: bool = True,
    ) -> None:
        self.schema, self.text, self.document, self.operation = schema, text, document, operation
        # Whether errors may suggest names of the schema.
        self._is_open = is_open
        self.fragments = _fragments(document)
        self.shaper = Shaper(schema, operation, document)
        self.is_query = operation.operation is OperationType.QUERY
        self.is_subscription = operation.operation is OperationType.SUBSCRIPTION
        self.name = operation.name.value if operation.name else ""
        self.plain_variables = PlainVariables(schema, operation.variable_definitions or ())
        # Documents written for one use would push out those that come again and again.
        self.is_kept = len(text) <= LONGEST_KEPT

    def coerce(self, given: dict[str, Any]) -> VariableValues:
        """The variables as their types want them. Raises: Refused."""
        plain = self.plain_variables.take(given)
        if plain is not None:
            return plain
        declared = self.operation.variable_definitions or ()
        for definition in declared:
            name = definition.variable.name.value
            if not is_storable(given.get(name)):
                message = f"Variable '${name}' has characters that no text may have."
                raise Refused([GraphQLError(message, definition.variable)])
        values = get_variable_values(
            self.schema, declared, given, max_errors=MOST_ERRORS, hide_suggestions=not self._is_open
        )
        if isinstance(values, list):
            raise Refused(values)
        return values

    def walker(self, values: VariableValues) -> Walker:
        """A reader of the selections in which variables are leaves."""
        tagged = VariableValues(values.sources, self.shaper.tagged(values.coerced))
        return Walker(self.schema, self.fragments, tagged)

    @property
    def root_type(self) -> GraphQLObjectType:
        """Query, Mutation or Subscription."""
        root: GraphQLObjectType | None = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        return root

    def roots(self, walker: Walker) -> list[Selected]:
        """The fields of the operation itself."""
        return walker.fields(self.root_type, [self.operation.selection_set])


def prepare(
    schema: GraphQLSchema,
    text: str,
    operation_name: str | None,
    settings: Settings,
    *,
    only: frozenset[str] | None = None,
    door: GraphQLSchema | None = None,
) -> Prepared:
    """Parse, measure and validate. `only`: the root fields it may have at all; `door`: the schema that whoever sent it
    may know, by which alone it is right or wrong.

    Raises: Refused, LimitExceeded, Unauthenticated for other root fields.
    """
    document = _parsed(text, settings)
    operation = _operation(document, operation_name)
    if schema.get_root_type(operation.operation) is None:
        raise Refused([GraphQLError(f"There is no {operation.operation.value} here.", operation)])
    check_size(document, settings)
    if only is not None:
        _check_roots(document, operation, only)
    is_open = settings.introspection == "open"
    for known in (schema,) if door is None else (door, schema):
        _check_valid(known, document, is_open=is_open)
    return Prepared(schema, text, document, operation, is_open=is_open)


def _check_valid(schema: GraphQLSchema, document: DocumentNode, *, is_open: bool) -> None:
    found = validate(schema, document, max_errors=MOST_ERRORS, hide_suggestions=not is_open)
    errors = found or _unstorable(document)
    if any(isinstance(error, ValidationAbortedError) and len(errors) == 1 for error in errors):
        raise LimitExceeded(
            "The document repeats its fields too often: comparing them would take more than"
            f" {overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET} steps."
        )
    if errors:
        raise Refused(errors)


def _check_roots(document: DocumentNode, operation: OperationDefinitionNode, only: frozenset[str]) -> None:
    """The operation names no root field but these. Raises: Unauthenticated."""
    fragments, waiting, seen = _fragments(document), [operation.selection_set], set()
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                if node.name.value not in only:
                    raise Unauthenticated("Sign in first.")
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                if node.name.value in fragments:
                    waiting.append(fragments[node.name.value].selection_set)


def _parsed(text: str, settings: Settings) -> DocumentNode:
    check_text(text, settings)
    try:
        return parse(text, max_tokens=settings.max_tokens)
    except GraphQLError as wrong:
        if _TOO_MANY_TOKENS in wrong.message:
            raise LimitExceeded(
                f"The document has more than {settings.max_tokens} tokens, which are allowed: ask for less."
            ) from wrong
        raise Refused([wrong]) from wrong


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        found = [node for node in found if node.name and node.name.value == name]
    if len(found) != 1:
        which = (
            f"named {name}" if name else "to run: name one in operationName" if found else "in the document"
        )
        raise Refused([GraphQLError(f"There is no single operation {which}.")])
    return found[0]


class _Texts(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[GraphQLError] = []

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if not is_storable(node.value):
            self.wrong.append(GraphQLError("This text has characters that no text may have.", node))


def _unstorable(document: DocumentNode) -> list[GraphQLError]:
    visitor = _Texts()
    visit(document, visitor)
    return visitor.wrong
