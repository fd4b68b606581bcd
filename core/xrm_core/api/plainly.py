"""Variables that need no reading: texts and whole numbers where the operation declares just those.

graphql-core coerces anything and explains what is wrong, which takes longer than all else that a short request costs
us. What is plainly right is taken as it is; whatever is not goes that way.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    VariableDefinitionNode,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

Reads = Callable[[Any], bool]

_MOST_INT = 2**31 - 1
_MISSING: Any = object()
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_storable(value: Any) -> bool:
    """Whether every text in a value can be kept by both databases: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return "\x00" not in value and (value.isascii() or not _SURROGATE.search(value))
    if isinstance(value, dict):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    return not isinstance(value, list) or all(is_storable(item) for item in value)


_READS: dict[Any, Reads] = {
    GraphQLString: lambda value: type(value) is str and is_storable(value),
    GraphQLID: lambda value: type(value) is str and is_storable(value),
    GraphQLBoolean: lambda value: type(value) is bool,
    GraphQLInt: lambda value: type(value) is int and -_MOST_INT <= value <= _MOST_INT,
}


class PlainVariables:
    """Takes the variables of one operation as they are sent, if nothing about them needs reading."""

    def __init__(self, schema: GraphQLSchema, declared: Iterable[VariableDefinitionNode]) -> None:
        self._known = [_known(schema, node) for node in declared]

    def take(self, given: dict[str, Any]) -> VariableValues | None:
        """What graphql-core would make of them; None if it has to look at them."""
        sources, coerced = {}, {}
        for name, signature, reads in self._known:
            value = given.get(name, _MISSING)
            if reads is None or not reads(value):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _known(schema: GraphQLSchema, node: VariableDefinitionNode) -> tuple[str, Any, Reads | None]:
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError):
        return node.variable.name.value, None, None
    type_ = signature.type
    return (
        signature.name,
        signature,
        _READS.get(type_.of_type if isinstance(type_, GraphQLNonNull) else type_),
    )
