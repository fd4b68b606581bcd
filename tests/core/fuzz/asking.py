"""What a fuzzer sends: documents of the whole schema, variables of any shape, requests of any form."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLSchema, is_input_object_type, print_ast
from graphql.language import ArgumentNode, DocumentNode, ObjectFieldNode, StringValueNode, Visitor, visit
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

# What the plugin of the tests breaks on purpose.
_BROKEN = {"probeFailure"}
STRINGS: dict[str, list[str]] = {
    "DateTime": ["2026-01-01T00:00:00Z", "2012-02-29T23:59:59.999999+02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
                 "2026-02-30T00:00:00Z", "2026-01-01", "", "x", "-0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"],
    "Date": ["2026-01-01", "2012-02-29", "0001-01-01", "9999-12-31", "2026-02-30", "2026-1-1", "", "2026-W01-1", "99999-01-01"],
    "Decimal": ["1.5", "0", "-0", "999999999999.999999", "1000000000000", "1e400", "NaN", "-Infinity", "", "0x10", "1_0", "١", "1e-9"],
    "Currency": ["EUR", "eur", "XXX", "", "EURO", "€"],
}  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([text for texts in STRINGS.values() for text in texts]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def scalars() -> dict[str, Any]:
    """Values of our own scalars, right, wrong and at the ends of what there is."""
    found: dict[str, Any] = {
        name: st.sampled_from([nodes.String(text) for text in texts]) for name, texts in STRINGS.items()
    }
    plain = st.sampled_from(["", "x", "\u2028", "’"]).map(nodes.String)
    found["JSON"] = plain | st.integers(-(2**40), 2**40).map(nodes.Int) | st.booleans().map(nodes.Boolean)
    return found


class _Ids(Visitor):
    """Puts ids of what is there in the places of most made-up ones, the same for the same document."""

    def __init__(self, ids: Sequence[str], text: str) -> None:
        super().__init__()
        self._ids, self._text, self._count = ids, text, 0

    def _replaced(self, node: Any) -> Any:
        name = node.name.value
        if not (name == "id" or name.endswith("Id") or name in ("eq", "upload")) or not self._ids:
            return None
        if not isinstance(node.value, StringValueNode) and node.value.kind != "int_value":
            return None
        self._count += 1
        digest = hashlib.sha256(f"{self._text}{self._count}".encode(errors="replace")).digest()
        if digest[0] < 60:
            return None
        chosen = self._ids[int.from_bytes(digest[1:5], "big") % len(self._ids)]
        return type(node)(name=node.name, value=StringValueNode(value=chosen))

    def enter_argument(self, node: ArgumentNode, *_: Any) -> Any:
        """An argument of a field."""
        return self._replaced(node)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> Any:
        """A field of an input object."""
        return self._replaced(node)


def printer(ids: Sequence[str]) -> Callable[[DocumentNode], str]:
    """Writes a document, with ids of what is there."""

    def written(document: DocumentNode) -> str:
        return print_ast(visit(document, _Ids(ids, print_ast(document))))

    return written


def documents(schema: GraphQLSchema, ids: Sequence[str], *, mutating: bool) -> st.SearchStrategy[str]:
    """Valid documents, each of one root field, every root field as likely."""
    make = mutations if mutating else queries
    root = schema.mutation_type if mutating else schema.query_type
    assert root is not None

    def of(name: str) -> st.SearchStrategy[Any]:
        return make(schema, fields=[name], custom_scalars=scalars(), print_ast=printer(ids))

    return st.sampled_from(sorted(set(root.fields) - _BROKEN)).flatmap(of)


def with_variables(schema: GraphQLSchema) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """A root field whose arguments are variables of any shape."""
    asked = [
        (operation, name, field)
        for operation, root in (("query", schema.query_type), ("mutation", schema.mutation_type))
        for name, field in (root.fields if root else {}).items()
        if field.args
    ]

    @st.composite
    def drawn(draw: Any) -> tuple[str, dict[str, Any]]:
        operation, name, field = draw(st.sampled_from(asked))
        declared = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
        passed = ", ".join(f"{key}: ${key}" for key in field.args)
        is_leaf = not hasattr(_bare(field.type), "fields") and not hasattr(_bare(field.type), "types")
        text = f"{operation} ({declared}) {{ {name}({passed}) {'' if is_leaf else '{ __typename }'} }}"
        values = {key: draw(_near(argument.type, 3)) for key, argument in field.args.items()}
        return text, values

    return drawn()


def _bare(type_: Any) -> Any:
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        type_ = type_.of_type
    return type_


def _near(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    """Mostly what the type looks like, sometimes anything."""
    if isinstance(type_, GraphQLNonNull):
        return _near(type_.of_type, depth)
    if isinstance(type_, GraphQLList):
        return st.lists(_near(type_.of_type, depth), max_size=3) | _near(type_.of_type, depth)
    if is_input_object_type(type_) and depth:
        names = st.sets(st.sampled_from(sorted(type_.fields)), max_size=3)
        return names.flatmap(
            lambda chosen: st.fixed_dictionaries(
                {name: _near(type_.fields[name].type, depth - 1) for name in sorted(chosen)}
            )
        )
    if type_.name in STRINGS:
        return st.sampled_from(STRINGS[type_.name]) | VALUES
    if hasattr(type_, "values"):
        return st.sampled_from(sorted(type_.values)) | VALUES
    return VALUES


_NAMES = st.sampled_from(
    ["accept", "accept-encoding", "accept-language", "authorization", "content-length", "content-type", "content-encoding", "cookie",
     "if-none-match", "origin", "sec-fetch-site", "transfer-encoding", "x-time-zone", "x-xrm-request", "host", "x-xrm-export"]
)  # fmt: skip
_WORDS = st.sampled_from(
    ["*/*", "application/json", "application/graphql-response+json;q=0.5", "gzip, zstd;q=0", "fr-CA,*;q=0.1", "identity", "chunked", "0", "-1",
     "99999999999999999999", "Bearer ", "Bearer x", "xrm_session=x; xrm_session=y", 'W/"x"', "*", "null", "http://xrm.example", "Europe/Paris", ";;,=q"]
)  # fmt: skip
HEADERS = st.dictionaries(
    _NAMES, _WORDS | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40), max_size=5
)
_BODY = b'{"query": "query A($n: Int) { parties(first: $n) { nodes { id name } } }", "variables": {"n": 2}, "operationName": "A"}'


@st.composite
def bodies(draw: Any) -> bytes:
    """A body that is nearly one, a list of such, or anything."""
    body = draw(st.sampled_from([_BODY, b"[" + _BODY + b"," + _BODY + b"]"]) | st.binary(max_size=200))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 6))
        body = body[:start] + draw(st.binary(max_size=6)) + body[start + length :]
    return bytes(body)


TARGETS = st.sampled_from(["/graphql", "/uploads", "/documents/x", "/static/x", "/graphql/"])
METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"])
PARAMETERS = st.text(
    st.sampled_from("query=variables&%7B}{__typename extensions+\\\"':[],%FF"), max_size=60
).map(lambda text: re.sub(r"[^\x21-\x7e]", "+", text))
