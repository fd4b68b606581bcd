"""Questions written as GraphQL."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.core.query.oracle import Pick
from tests.core.query.questions import E
from xrm_core.declare.registry import REGISTRY


class Document:
    """Questions written as GraphQL, arguments as literals or as variables."""

    def __init__(self, picks: Sequence[Pick], as_variable: Callable[[], bool]) -> None:
        self.as_variable = as_variable
        self.variables: dict[str, Any] = {}
        self.declared: list[str] = []
        body = " ".join(self._field(pick, "Query") for pick in picks)
        head = f"query Q({', '.join(self.declared)})" if self.declared else "query Q"
        self.text = f"{head} {{ {body} }}"

    def _field(self, pick: Pick, parent: str) -> str:
        arguments = ", ".join(
            f"{name}: {self._argument(pick, name, value)}" for name, value in pick.args.items()
        )
        inner = " ".join(self._field(child, pick.name) for child in pick.children)
        alias = f"{pick.alias}: " if pick.alias else ""
        return (
            f"{alias}{pick.name}{f'({arguments})' if arguments else ''}{f' {{ {inner} }}' if inner else ''}"
        )

    def _argument(self, pick: Pick, name: str, value: Any) -> str:
        type_ = self._type(pick, name)
        if type_ is None or not self.as_variable():
            return literal(value)
        variable = f"v{len(self.variables)}"
        self.variables[variable] = value
        self.declared.append(f"${variable}: {type_}")
        return f"${variable}"

    @staticmethod
    def _type(pick: Pick, name: str) -> str | None:
        simple = {
            "first": "Int",
            "last": "Int",
            "asOf": "DateTime",
            "knownAt": "DateTime",
            "unit": "ID",
            "id": "ID!",
        }
        if name in simple:
            return simple[name]
        wanted = pick.name.removesuffix("Aggregate")
        for info in REGISTRY:
            lists = {inverse.name: inverse for one in REGISTRY for inverse in one.inverses.values()}
            if info.many == wanted or (wanted in lists and lists[wanted].source == info.name):
                is_grouped = pick.name.endswith("Aggregate")
                return {
                    "where": f"{info.type_name}Where",
                    "orderBy": f"[{info.type_name}{'AggregateOrder' if is_grouped else 'Order'}!]",
                    "groupBy": f"[{info.type_name}Group!]",
                    "having": f"{info.type_name}AggregateWhere",
                }[name]
        return None


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    if isinstance(value, E):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(str(value) if isinstance(value, Decimal) else value, ensure_ascii=False)
