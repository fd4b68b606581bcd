"""Questions written in every way that GraphQL allows: fragments, directives, fields said twice, type names."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type

from tests.core.query.oracle import Pick
from tests.core.query.writing import Document


class Scrambled(Document):
    """The same question, or a part of it, in other words."""

    def __init__(self, schema: GraphQLSchema, picks: Sequence[Pick], chance: Callable[[int], bool]) -> None:
        """`chance` is true so many times in a hundred."""
        self.schema, self.chance = schema, chance
        self.fragments: list[str] = []
        self.as_variable = lambda: chance(40)
        self.variables: dict[str, Any] = {}
        self.declared: list[str] = []
        assert schema.query_type is not None
        body = self._selection(picks, schema.query_type)
        head = f"query Q({', '.join(self.declared)})" if self.declared else "query Q"
        self.text = "\n".join([f"{head} {body}", *self.fragments])

    def _selection(self, picks: Sequence[Pick], type_: GraphQLObjectType) -> str:
        written = [self._written(pick, type_) for pick in picks]
        parts: list[str] = []
        while written:
            size = 1 if self.chance(60) else min(len(written), 3)
            some, written = " ".join(written[:size]), written[size:]
            parts.append(some if self.chance(50) else self._wrapped(some, type_))
        if self.chance(10):
            parts.append("__typename")
        return "{ " + " ".join(parts) + " }"

    def _wrapped(self, some: str, type_: GraphQLObjectType) -> str:
        if self.chance(15) and any(interface.name == "Node" for interface in type_.interfaces):
            some = f"{some} ... on Node {{ nodeId: id again: __typename }}"
        if self.chance(40):
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {type_.name} {{ {some} }}")
            twice = f" ...{name}" if self.chance(30) else ""
            return f"...{name}{self._directive()}{twice}"
        condition = f" on {type_.name}" if self.chance(50) else ""
        return f"...{condition}{self._directive()} {{ {some} }}"

    def _written(self, pick: Pick, type_: GraphQLObjectType) -> str:
        if pick.name == "__typename":
            return f"{pick.alias}: __typename" if pick.alias else "__typename"
        field = get_named_type(type_.fields[pick.name].type)
        if not isinstance(field, GraphQLObjectType | GraphQLInterfaceType):
            return self._field(pick, "") + self._directive()
        if pick.name.endswith("Aggregate"):
            return self._field(pick, "") + ""
        assert isinstance(field, GraphQLObjectType)
        head = self._field(Pick(pick.name, pick.args, [], pick.alias), "")
        inside = self._selection(pick.children, field)
        whole = f"{head}{self._directive()} {inside}"
        # Said twice, the two are one: what is selected of both is selected of it.
        return f"{whole} {head} {inside}" if self.chance(15) else whole

    def _directive(self) -> str:
        if self.chance(80):
            return ""
        name, value = ("skip", self.chance(25)) if self.chance(50) else ("include", self.chance(75))
        if self.chance(40):
            return f" @{name}(if: {str(value).lower()})"
        variable = f"b{len(self.declared)}"
        default = f" = {str(value).lower()}" if self.chance(30) else ""
        self.declared.append(f"${variable}: Boolean!{default}")
        if not default:
            self.variables[variable] = value
        return f" @{name}(if: ${variable})"
