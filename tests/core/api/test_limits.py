"""Every limit of a question: it has a setting, and the refusal says what there is and what is allowed."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import GraphQLError, parse

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import run
from xrm_core.api.limits import check_size, check_variables
from xrm_core.api.prepared import Refused, prepare
from xrm_core.api.schema import build_schema
from xrm_core.errors import LimitExceeded
from xrm_core.graph.party import Party
from xrm_core.plugins.host import PluginHost
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings

ALLOWED = Settings()
BOMB = "{" + "".join(f"...F{n} " for n in range(1)) + "}" + "".join(
    f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(16)
) + "fragment F16 on Query{tasks{totalCount}}"  # fmt: skip


def with_limits(xrm: Installation, **limits: Any) -> None:
    """Other settings from now on."""
    xrm.app.settings = xrm.app.settings.model_copy(update=limits)
    xrm.app.snapshot.documents._items.clear()


CASES: list[tuple[str, Any, str, Any, str]] = [
    ("max_document_length", 100, "{ tasks { totalCount } }" + " " * 100, {}, "124 characters; 100 are"),
    ("max_tokens", 10, "{ tasks { totalCount } parties { totalCount nodes { id } } }", {}, "10 tokens"),
    ("max_nesting", 10, "{ parties(where: " + "{not: " * 10 + "{}" + "}" * 10 + ") { totalCount } }", {}, "13 brackets"),
    ("max_nesting", 10, "query ($w: PartyWhere) { parties(where: $w) { totalCount } }",
     {"w": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {}}}}}}}}}}}}, "11 levels of values"),
    ("max_depth", 2, "{ parties { nodes { id } } }", {}, "3 levels of fields; 2 are"),
    ("max_fields", 3, "{ parties { nodes { id name } } }", {}, "4 fields once"),
    ("max_aliases", 1, "{ a: tasks { totalCount } b: tasks { totalCount } }", {}, "2 aliases once"),
    ("max_directives", 0, "{ tasks { totalCount @include(if: true) } }", {}, "1 directives once"),
    ("max_root_fields", 2, "{ ...F a: __typename } fragment F on Query { b: __typename c: __typename }", {}, "3 fields at the top; 2"),
    ("max_operations", 1, "query A { __typename } query B { __typename }", {}, "2 operations; 1 are"),
    ("max_fragments", 0, "{ ...F } fragment F on Query { __typename }", {}, "1 fragments; 0 are"),
    ("max_input_values", 5, "query ($n: [String!]) { parties(where: {name: {in: $n}}) { totalCount } }",
     {"n": list("abcdefg")}, "8 values in the variables; 5"),
    ("max_input_objects", 1, "query ($w: PartyWhere) { parties(where: $w) { totalCount } }",
     {"w": {"or": [{}, {}]}}, "3 objects in the variables; 1"),
    ("max_cost", 100, "{ parties(first: 101) { nodes { id } } }", {}, "estimated 101 rows; 100 are"),
    ("max_cost", 100, "query ($n: Int) { parties(first: $n) { nodes { id } } }", {"n": 101}, "estimated 101 rows; 100 are"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "limit", "text", "variables", "said"), CASES)
async def test_a_refusal_says_the_limit_and_what_there_is(
    xrm: Installation, setting: str, limit: int, text: str, variables: Any, said: str
) -> None:
    operation = "A" if "query A" in text else None
    assert "errors" not in await answer(xrm, text, variables, operation)
    with_limits(xrm, **{setting: limit})

    refused = await answer(xrm, text, variables, operation)

    error = refused["errors"][0]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED" and said in error["message"], error
    assert Settings.model_fields[setting].description


async def answer(xrm: Installation, text: str, variables: Any = None, operation: str | None = None) -> Any:
    """The whole answer."""
    import orjson  # only to read it

    context = ApiContext(xrm.app, xrm.actor(), "test")
    return orjson.loads(await run(context, text, variables or {}, operation))


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema with every installed plugin."""
    host = PluginHost()
    host.load()
    host.show(host.installed, [])
    return build_schema(host.enabled, host.shapes())


def calls(work: Callable[[], Any]) -> int:
    """How many calls of functions something takes: its cost, on any machine."""
    count = 0

    def seen(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_fragment_bomb_costs_nothing(schema: Any) -> None:
    assert len(BOMB) < 674

    def refused() -> None:
        with pytest.raises(LimitExceeded, match="fields once fragments are spread"):
            prepare(schema, BOMB, None, ALLOWED)

    assert calls(refused) < 20_000


@pytest.mark.parametrize("text", ['\\"', '"""\\', '"', '\\"\n', '"""\\"""', "#", '""'])
def test_texts_that_never_end_are_measured_in_no_time(text: str) -> None:
    from xrm_core.api.limits import check_text  # what looks at a document first

    document = "{" + text * (ALLOWED.max_document_length // len(text) - 1)
    began = time.process_time()

    check_text(document, ALLOWED)

    assert time.process_time() - began < 1


def fields(count: int) -> str:
    return " ".join(f"a{number}: __typename" for number in range(count))


def hostile() -> Iterator[tuple[str, str]]:
    """Documents that are meant to keep a server busy, by what they do."""
    many = range(190)
    chain = (
        " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in many)
        + " fragment F190 on Query { __typename }"
    )
    yield "overlapping fields", "{ " + "parties { nodes { id name } } " * 400 + "}"
    yield "overlapping fragments", "{ " + " ".join(f"...F{n}" for n in many) + " } " + " ".join(
        f"fragment F{n} on Query {{ parties {{ nodes {{ id }} }} }}" for n in many
    )  # fmt: skip
    yield "overlapping arguments", "{ " + " ".join(f'a: party(id: "{n}") {{ id }}' for n in range(99)) + " }"
    yield "a chain of fragments", "{ ...F0 } " + chain
    yield "a chain for each operation", " ".join(f"query Q{n} {{ ...F0 }}" for n in range(50)) + chain
    yield "fragments that spread all others", "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ {' '.join(f'...F{m}' for m in range(n + 1, 60))} __typename }}" for n in range(60)
    )  # fmt: skip
    yield "thousands of aliases of __typename", "{ " + fields(4_000) + " }"
    yield "a huge number", "{ parties(first: " + "9" * 90_000 + ") { totalCount } }"
    yield (
        "a huge fraction",
        "{ dealings(where: {amount: {gt: " + "9" * 90_000 + ".1e99999}}) { totalCount } }",
    )
    yield "deep values", "{ parties(where: " + "{not: " * 90 + "{}" + "}" * 90 + ") { totalCount } }"
    yield "deeper values", "{ parties(where: " + "{not: " * 9_000 + "{}" + "}" * 9_000 + ") { totalCount } }"
    yield "deep lists", "{ nodes(ids: " + "[" * 40_000 + "]" * 40_000 + ") { id } }"
    yield "deep types", "query ($x: " + "[" * 40_000 + "Int" + "]" * 40_000 + ") { __typename }"
    yield "many conditions", "{ parties(where: {or: [" + '{name: {eq: "x"}} ' * 2_400 + "]}) { totalCount } }"
    yield "many empty conditions", "{ parties(where: {or: [" + "{} " * 4_900 + "]}) { totalCount } }"
    yield "many variables", "query (" + " ".join(f"$v{n}: Int" for n in range(2_400)) + ") { __typename }"
    yield "variables used in each fragment", "query (" + " ".join(f"$v{n}: Int" for n in range(400)) + ") { ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(100)
    ) + " fragment F100 on Query { " + " ".join(f"a{n}: parties(first: $v{n}) {{ totalCount }}" for n in range(99)) + " }"  # fmt: skip
    yield "directives repeated", "{ __typename " + "@include(if: true) " * 1_600 + "}"
    yield "directives everywhere", "{ " + "__typename @skip(if: false) " * 2_400 + "}"
    yield "names almost right", "{ " + " ".join(f"partie{n:03d} {{ id }}" for n in range(90)) + " }"
    yield "a long name", "{ " + "p" * 99_000 + " }"
    yield "comments", "#\n" * 49_000 + "{ __typename }"
    yield "blanks", " " * 99_000 + "{ __typename }"
    yield "quotes", '{ party(id: "' + '\\"' * 45_000 + '") { id } }'
    yield "block quotes", "{ party(id: " + '"""' * 30_000 + ") { id } }"
    yield "many definitions of a type", "type A { a: Int } " * 5_000
    yield "inline fragments", "{ " + "... on Query { " * 90 + "__typename" + " }" * 90 + " }"


HOSTILE = dict(hostile())


@pytest.mark.parametrize("what", HOSTILE)
def test_no_document_keeps_the_server_busy(schema: Any, what: str) -> None:
    def prepared() -> None:
        try:
            prepare(schema, HOSTILE[what], "Q0" if "Q0" in HOSTILE[what] else None, ALLOWED)
        except (Refused, LimitExceeded) as refused:
            assert str(refused)

    # An ordinary page with four lists takes 30,000; a million is about a tenth of a second.
    assert calls(prepared) < 1_500_000


@pytest.mark.parametrize(
    "variables",
    [
        {"w": {"or": [{} for _ in range(300_000)]}},
        {"w": {"or": [[] for _ in range(300_000)]}},
        {"n": ["x"] * 300_000},
        {f"v{number}": number for number in range(60_000)},
    ],
)
def test_no_variables_keep_the_server_busy(variables: Any) -> None:
    def checked() -> None:
        with pytest.raises(LimitExceeded, match="are allowed"):
            check_variables(variables, ALLOWED)

    assert calls(checked) < 2_000_000


def test_variables_may_be_nested_as_deeply_as_json_is(schema: Any) -> None:
    tree: Any = {}
    for _ in range(900):
        tree = {"not": tree}

    with pytest.raises(LimitExceeded, match=re.escape("levels of values")):
        check_variables({"w": tree}, Settings())


def test_what_is_measured_is_counted_with_fragments_spread() -> None:
    document = parse(
        "{ ...A x: tasks { totalCount } } fragment A on Query { y: tasks { totalCount } ... @skip(if: true) { __typename } }"
    )

    for limit, said in (
        ({"max_aliases": 1}, "2 aliases"),
        ({"max_fields": 4}, "5 fields"),
        ({"max_directives": 0}, "1 directives"),
    ):
        with pytest.raises(LimitExceeded, match=said):
            check_size(document, Settings(**limit))  # type: ignore[arg-type]
    check_size(document, Settings(max_aliases=2, max_fields=5, max_directives=1))


def test_the_parser_says_that_there_are_too_many_tokens() -> None:
    with pytest.raises(GraphQLError, match=r"tokens\. Parsing aborted"):
        parse("{ a b c d }", max_tokens=3)


async def test_what_has_statements_of_its_own_costs_rows_and_is_asked_a_few_times(xrm: Installation) -> None:
    many = "{" + "".join(f's{n}: search(text: "acme") {{ id }} ' for n in range(31)) + "}"
    told = await answer(xrm, many, {})
    assert told["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "at most 30 times" in told["errors"][0]["message"]

    with_limits(xrm, max_cost=2_000)
    twice = '{ a: search(text: "acme") { id } b: search(text: "acme") { id } }'
    told = await answer(xrm, twice, {})
    assert "estimated 2040 rows; 2000 are" in told["errors"][0]["message"]
    assert "errors" not in await answer(xrm, '{ search(text: "acme") { id } }', {})


@pytest.mark.parametrize("aliases", [20, 300])
async def test_an_answer_is_no_longer_than_it_may_be(xrm: Installation, aliases: int) -> None:
    await xrm.add(*(Party(name=f"{number} é" + "x" * 400) for number in range(20)))
    text = "{ parties(first: 400) { nodes { " + " ".join(f"a{n}: name" for n in range(aliases)) + " } } }"
    assert "errors" not in await answer(xrm, text, {})

    with_limits(xrm, max_answer_length=100_000)
    xrm.app.snapshot.plans._items.clear()
    told = await answer(xrm, text, {})

    assert told["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "longer than 100000 characters" in told["errors"][0]["message"]


@pytest.mark.parametrize("name", ["and", "or"])
async def test_as_many_conditions_as_are_allowed_are_answered_by_both_databases(
    xrm: Installation, name: str
) -> None:
    await xrm.add(*(Party(name=f"P{number}") for number in range(3)))
    said = "ne" if name == "and" else "eq"
    text = "query ($w: PartyWhere) { parties(where: $w) { nodes { name } } }"

    def conditions(count: int) -> Any:
        return {"w": {name: [{"name": {said: f"P{number}"}} for number in range(2, count)]}}

    found = await answer(xrm, text, conditions(500))
    refused = await answer(xrm, text, conditions(510))

    expected = {"P0", "P1"} if name == "and" else {"P2"}
    names = {node["name"] for node in found["data"]["parties"]["nodes"]}
    assert expected <= names and ("P2" in names) == (name == "or")
    assert refused["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "500 conditions" in refused["errors"][0]["message"]
