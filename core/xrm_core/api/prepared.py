"""A GraphQL document once it is parsed and validated; kept, since clients send the same ones again and again."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
    parse,
    validate,
)
from graphql.execution.values import VariableValues

from xrm_core.api.limits import check_size
from xrm_core.query.selection import Selected, Walker
from xrm_core.query.shape import Shaper
from xrm_core.settings import Settings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The most recently used values, no more than `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, now the most recent."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> V:
        """Keep a value, forgetting the least recent one if there are too many."""
        self._items[key] = value
        if len(self._items) > self._size:
            self._items.popitem(last=False)
        return value


class Refused(Exception):
    """The document or its variables are wrong; each error says where."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


class Prepared:
    """One operation of a valid document."""

    def __init__(
        self, schema: GraphQLSchema, text: str, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self.schema, self.text, self.document, self.operation = schema, text, document, operation
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.shaper = Shaper(schema, operation, document)
        self.is_query = operation.operation is OperationType.QUERY
        self.name = operation.name.value if operation.name else ""

    def coerce(self, given: dict[str, Any]) -> VariableValues:
        """The variables as their types want them. Raises: Refused."""
        values = get_variable_values(self.schema, self.operation.variable_definitions or (), given, max_errors=20)
        if isinstance(values, list):
            raise Refused(values)
        return values

    def walker(self, values: VariableValues) -> Walker:
        """A reader of the selections in which variables are leaves."""
        tagged = VariableValues(values.sources, self.shaper.tagged(values.coerced))
        return Walker(self.schema, self.fragments, tagged)

    def roots(self, walker: Walker) -> list[Selected]:
        """The fields of the operation itself."""
        root: GraphQLObjectType | None = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        return walker.fields(root, [self.operation.selection_set])


def prepare(schema: GraphQLSchema, text: str, operation_name: str | None, settings: Settings) -> Prepared:
    """Parse, validate and measure. Raises: Refused, LimitExceeded."""
    try:
        document = parse(text, max_tokens=20_000)
    except GraphQLError as wrong:
        raise Refused([wrong]) from wrong
    operation = _operation(document, operation_name)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    check_size(operation, fragments, max_depth=settings.max_depth, max_fields=settings.max_fields)
    errors = validate(schema, document, max_errors=20)
    if errors:
        raise Refused(errors)
    return Prepared(schema, text, document, operation)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        found = [node for node in found if node.name and node.name.value == name]
    if len(found) != 1:
        which = f"named {name}" if name else "to run: name one in operationName" if found else "in the document"
        raise Refused([GraphQLError(f"There is no single operation {which}.")])
    return found[0]
