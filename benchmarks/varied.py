"""Questions no two of which are alike: other texts, variables, shapes, sizes, askers and mistakes."""

from collections.abc import Mapping
from random import Random
from typing import Any

_FIELDS = ("id", "name", "kind", "country", "createdAt", "version", "language", "__typename")
_LISTS = {
    "relationships": "id stage level type { code } counterparty { id name }",
    "interactions": "id subject channel occurredAt",
    "dealings": "id amount { amount currency } occurredOn kind",
    "tasks": "id subject status dueAt",
}
_WRONG = (
    "{ parties { nodes { nothing } } }",
    "{ parties(first: 501) { nodes { id } } }",
    '{ party(id: "x") { id } }',
    "{ parties { nodes { id }",
    '{ parties(after: "x") { nodes { id } } }',
    "{ parties(where: {name: {between: 1}}) { totalCount } }",
    "query ($n: Int!) { parties(first: $n) { totalCount } }",
)


def question(number: int, parties: list[str]) -> tuple[Mapping[str, Any], str]:
    """The body of the number-th question and who asks: admin, sales, or nobody."""
    random = Random(number)
    who = random.choice(("admin", "admin", "sales", "sales", "nobody"))
    kind = random.randrange(10)
    if kind == 0:
        # A mistake that nobody made before.
        return {"query": random.choice(_WRONG) + f" # {number}"}, who
    if kind == 1:
        return _grouped(random, number), who
    if kind <= 4:
        return _by_variables(random, parties), who
    return {"query": _text(random, number)}, who


def _selection(random: Random, depth: int) -> str:
    fields = random.sample(_FIELDS, random.randint(1, 5))
    chosen = random.sample(sorted(_LISTS), random.randint(0, 3) if depth else 0)
    inner = [
        f"l{random.randrange(100)}_{name}: {name}(first: {random.randint(1, 8)}) {{ nodes {{ {_LISTS[name]} }} }}"
        for name in chosen
    ]
    return " ".join([*fields, *inner])


def _text(random: Random, number: int) -> str:
    letter = random.choice("ABCDEFGLMNPRSTVZ") + random.choice("aeiou")
    where = random.choice(
        (
            "",
            f'where: {{name: {{startsWith: "{letter}"}}}}, ',
            f'where: {{country: {{in: ["FR", "{random.choice(["DE", "GB", "IT"])}"]}}}}, ',
            f'where: {{or: [{{name: {{contains: "{letter}"}}}}, {{kind: {{eq: PERSON}}}}]}}, ',
        )
    )
    order = random.choice(("", "orderBy: [{name: ASC}], ", "orderBy: [{country: DESC}, {name: ASC}], "))
    extra = random.choice(("", "pageInfo { hasNextPage endCursor }"))
    return (
        f"query Q{number} {{ parties({where}{order}first: {random.randint(1, 30)}) {{ {extra} nodes {{ "
        f"{_selection(random, 1)} }} }} }}"
    )


def _by_variables(random: Random, parties: list[str]) -> Mapping[str, Any]:
    if random.random() < 0.5:
        text = f"query ($id: ID!) {{ party(id: $id) {{ {_selection(random, 1)} }} }}"
        return {"query": text, "variables": {"id": random.choice(parties)}}
    where: dict[str, Any] = {"name": {random.choice(("gt", "lt", "startsWith")): random.choice("abcdefghij")}}
    if random.random() < 0.5:
        where = {"or": [where, {"country": {"eq": random.choice(("FR", "DE"))}}] * random.randint(1, 4)}
    text = "query ($w: PartyWhere, $n: Int) { parties(where: $w, first: $n) { nodes { id name } } }"
    return {"query": text, "variables": {"w": where, "n": random.randint(0, 60)}}


def _grouped(random: Random, number: int) -> Mapping[str, Any]:
    key = random.choice(("{field: KIND}", "{field: OCCURRED_ON, by: YEAR}", "{party: {field: COUNTRY}}"))
    return {
        "query": f"query G{number} {{ dealingsAggregate(where: {{amount: {{lt: {random.randint(1, 90)}}}}}, "
        f"groupBy: [{key}, {{field: AMOUNT_CURRENCY}}]) {{ keys count sum {{ amount }} }} }}"
    }
