"""Custom fields against a naive reading of their rules: random values, random questions, both databases."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import Filled
from tests.core.custom.asking import DEFINE, FIELDS
from tests.core.query.asking import MODERATE
from tests.core.query.rows import AMOUNTS, DAYS, LONG_AGO, MOMENTS, NAMES, random_rows
from tests.core.query.worked_out import rounded
from tests.installations import Templates
from xrm_core.custom.kinds import CustomFieldKind, normalised, slots
from xrm_core.identity.actor import Actor, Role
from xrm_core.text import text_key

ROOTS = {"core.party": ("parties", None), "core.task": ("tasks", "party")}
POOLS: dict[str, tuple[Any, ...]] = {
    "region": NAMES, "staff": (-(2**31), -1, 0, 1, 1, 2, 5, 70, 2**31 - 1), "score": tuple(format(one, "f") for one in AMOUNTS),
    "vip": (True, False), "since": DAYS, "seen": MOMENTS, "tier": ("GOLD", "SILVER"),
}  # fmt: skip
PARTS: dict[str, Callable[[dt.date], str]] = {
    "DAY": lambda day: day.isoformat(),
    "WEEK": lambda day: f"{day.isocalendar().year:04}-W{day.isocalendar().week:02}",
    "MONTH": lambda day: day.isoformat()[:7],
    "QUARTER": lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}",
    "YEAR": lambda day: f"{day.year:04}",
}
ME = Actor(1, None, "me", (Role("admin"),))
Row = dict[str, Any]


@pytest.fixture(scope="module")
def custom(templates: Templates, postgres_url: str) -> Iterator[Filled]:
    """Both databases with the same custom fields and values on parties and tasks."""
    stand = Filled(templates, postgres_url)
    rows = random_rows(7, stand.unit, size=30)
    draw = random.Random(7)
    for resource in ROOTS:
        for row in rows[resource]:
            row["custom_fields"] = _values(draw)
    stand.load(rows)
    stand.take_in(rows, LONG_AGO)
    stand.rows = rows
    for resource in ROOTS:
        for key, more in FIELDS.items():
            assert all(
                "errors" not in answer
                for _, answer in stand.answers(ME, DEFINE, {"i": {"resource": resource, "key": key, **more}})
            )
    yield stand
    stand.close()


def _values(draw: random.Random) -> dict[str, Any] | None:
    kept: dict[str, Any] = {}
    for key, pool in POOLS.items():
        if draw.random() < 0.6:
            kind = CustomFieldKind(FIELDS[key]["kind"])
            kept |= slots(kind, key, normalised(kind, draw.choice(pool)))
    return kept or None


# ---- the naive reading -----------------------------------------------------------------------------


def plain(row: Row | None, key: str) -> Any:
    """The value as Python has it."""
    kept = (row or {}).get("custom_fields") or {}
    value = next(
        (item for name, item in kept.items() if name.split("~")[0] == key and name[-1] not in "km"), None
    )
    return read(key, value)


def read(key: str, value: Any) -> Any:
    """What is written, as it is compared."""
    if value is None:
        return None
    kind = FIELDS[key]["kind"]
    if kind == "DECIMAL":
        return Decimal(value)
    if kind == "DATE":
        return dt.date.fromisoformat(value)
    return dt.datetime.fromisoformat(value) if kind == "MOMENT" else value


def written(key: str, value: Any) -> Any:
    """As answers show it."""
    return None if value is None else normalised(CustomFieldKind(FIELDS[key]["kind"]), value)


def sorted_by(key: str, value: Any) -> Any:
    """What values are sorted by."""
    if not isinstance(value, str):
        return value
    return (text_key(value) if FIELDS[key]["kind"] == "TEXT" else value).encode()


def holds(key: str, found: Any, operator: str, operand: Any) -> bool:
    """Whether one condition holds."""
    if operator == "isNull":
        return bool((found is None) == operand)
    if operator in ("ne", "notIn"):
        return found is None or not holds(key, found, {"ne": "eq", "notIn": "in"}[operator], operand)
    if found is None:
        return False
    if operator == "in":
        return found in [read(key, item) for item in operand]
    if operator in ("contains", "startsWith", "endsWith"):
        text, part = text_key(found), text_key(operand)
        return {
            "contains": part in text,
            "startsWith": text.startswith(part),
            "endsWith": text.endswith(part),
        }[operator]
    other = read(key, operand)
    if operator == "eq":
        return bool(found == other)
    left, right = sorted_by(key, found), sorted_by(key, other)
    return bool(
        {"lt": left < right, "lte": left <= right, "gt": left > right, "gte": left >= right}[operator]
    )


class World:
    """The rows, and how a question about them reads."""

    def __init__(self, stand: Filled, resource: str) -> None:
        self.rows = [row for row in stand.rows[resource] if row["tenant_id"] == 1]
        self.parties = {row["id"]: row for row in stand.rows["core.party"]}
        self.resource, (self.many, self.link) = resource, ROOTS[resource]

    def linked(self, row: Row) -> Row | None:
        """The row's party."""
        return self.parties.get(row["party_id"])

    def value(self, row: Row, path: str) -> Any:
        """The value of `region`, or of `party.region`."""
        first, _, key = path.partition(".")
        return plain(self.linked(row), key) if key else plain(row, first)


# ---- questions -------------------------------------------------------------------------------------


class Draw:
    """Chooses what is asked."""

    def __init__(self, number: Callable[[int, int], int], world: World) -> None:
        self.number, self.world = number, world

    def one(self, values: Any) -> Any:
        """One of them."""
        return values[self.number(0, len(values) - 1)]

    def path(self) -> str:
        """A custom field, of the row or of its party."""
        key = self.one(list(FIELDS))
        return f"{self.world.link}.{key}" if self.world.link and self.number(0, 2) == 0 else str(key)

    def condition(self) -> tuple[str, str, Any]:
        """A path, an operator, an operand."""
        path = self.path()
        key = path.rpartition(".")[2]
        kind = FIELDS[key]["kind"]
        operators = ["eq", "ne", "isNull"]
        if kind != "BOOLEAN":
            operators += ["in", "notIn"]
        if kind not in ("BOOLEAN", "CHOICE"):
            operators += ["lt", "lte", "gt", "gte"]
        if kind == "TEXT":
            operators += ["contains", "startsWith", "endsWith"] * 2
        operator = self.one(operators)
        if operator == "isNull":
            return path, operator, self.number(0, 1) == 1
        if operator in ("in", "notIn"):
            return path, operator, [self.one(POOLS[key]) for _ in range(self.number(0, 3))]
        value = self.one(POOLS[key])
        return (
            path,
            operator,
            value[: self.number(0, 3)] if operator in ("contains", "startsWith", "endsWith") else value,
        )

    def where(self) -> tuple[Any, Callable[[Row], bool]]:
        """A filter and what it means."""
        shape = self.one(("one", "and", "or", "not"))
        parts = [self.condition() for _ in range(1 if shape in ("one", "not") else self.number(1, 3))]
        trees = [nested(path, partial(filter_of, op, value)) for path, op, value in parts]

        def met(row: Row) -> list[bool]:
            return [self._met(row, path, operator, operand) for path, operator, operand in parts]

        if shape == "one":
            return trees[0], lambda row: met(row)[0]
        if shape == "not":
            return {"not": trees[0]}, lambda row: not met(row)[0]
        return {shape: trees}, lambda row: (all if shape == "and" else any)(met(row))

    def _met(self, row: Row, path: str, operator: str, operand: Any) -> bool:
        # Nothing holds of a party that is not there.
        if "." in path and self.world.linked(row) is None:
            return False
        return holds(path.rpartition(".")[2], self.world.value(row, path), operator, operand)

    def order(self) -> list[tuple[str, str, str]]:
        """Up to three terms: path, direction, place of nulls."""
        paths = dict.fromkeys(self.path() for _ in range(self.number(1, 3)))
        return [(path, self.one(("ASC", "DESC")), self.one(("FIRST", "LAST"))) for path in paths]


def filter_of(operator: str, operand: Any, key: str) -> dict[str, Any]:
    """A filter on a custom field."""
    return {"customFields": [{"key": key, operator: operand}]}


def term_of(direction: str, nulls: str, key: str) -> dict[str, Any]:
    """A term of an order by a custom field."""
    return {"customField": key, "direction": direction, "nulls": nulls}


def nested(path: str, say: Callable[[str], Any]) -> Any:
    """What is said of a field, behind the link if it is the party's."""
    first, _, key = path.partition(".")
    return {first: say(key)} if key else say(first)


def in_order(world: World, rows: list[Row], order: list[tuple[str, str, str]]) -> list[Row]:
    """The rows as the order wants them, ties by id in the direction of the last term."""
    found = sorted(rows, key=lambda row: str(row["id"]), reverse=bool(order) and order[-1][1] == "DESC")
    for path, direction, nulls in reversed(order):
        key = path.rpartition(".")[2]
        absent = [row for row in found if world.value(row, path) is None]
        present = [row for row in found if world.value(row, path) is not None]
        present.sort(key=lambda row: sorted_by(key, world.value(row, path)), reverse=direction == "DESC")
        found = absent + present if nulls == "FIRST" else present + absent
    return found


def terms(order: list[tuple[str, str, str]]) -> list[Any]:
    """The order as a variable."""
    return [nested(path, partial(term_of, direction, nulls)) for path, direction, nulls in order]


def type_name(world: World) -> str:
    return {"parties": "Party", "tasks": "Task"}[world.many]


@pytest.mark.parametrize("resource", list(ROOTS))
def test_filters_orders_and_pages_are_as_a_naive_reading_has_them(custom: Filled, resource: str) -> None:
    world = World(custom, resource)

    @MODERATE
    @given(st.data())
    def check(data: st.DataObject) -> None:
        draw = Draw(lambda low, high: data.draw(st.integers(low, high)), world)
        tree, keeps = draw.where()
        order, size = draw.order(), draw.one((1, 3, 7))
        expected = in_order(world, [row for row in world.rows if keeps(row)], order)
        name = type_name(world)
        for way, start in (("first", "after"), ("last", "before")):
            text = (
                f"query($w: {name}Where, $o: [{name}Order!], $c: String) {{ {world.many}(where: $w, orderBy: $o, {way}: {size},"
                f" {start}: $c) {{ totalCount nodes {{ id customFields }} pageInfo {{ startCursor endCursor }} }} }}"
            )
            cursors: dict[str, Any] = dict.fromkeys(custom.installations)
            rows = expected if way == "first" else expected[::-1]
            for begin in range(0, min(len(rows), 3 * size) or 1, size):
                wanted = rows[begin : begin + size]
                wanted = wanted if way == "first" else wanted[::-1]
                for kind in custom.installations:
                    answer = custom.answer(kind, ME, text, {"w": tree, "o": terms(order), "c": cursors[kind]})
                    assert "errors" not in answer, (answer, tree, order)
                    page = answer["data"][world.many]
                    assert page["totalCount"] == len(expected), (kind, tree)
                    assert [node["id"] for node in page["nodes"]] == [str(row["id"]) for row in wanted], (
                        kind,
                        tree,
                        order,
                    )
                    assert [node["customFields"] for node in page["nodes"]] == [all_of(row) for row in wanted]
                    cursors[kind] = page["pageInfo"]["endCursor" if way == "first" else "startCursor"]

    check()


def all_of(row: Row) -> dict[str, Any]:
    """customFields of a row."""
    found = {key: written(key, _shown(row, key)) for key in FIELDS}
    return {key: value for key, value in found.items() if value is not None}


def _shown(row: Row, key: str) -> Any:
    value = plain(row, key)
    return value if not isinstance(value, dt.date | dt.datetime) else value.isoformat()


@pytest.mark.parametrize("resource", list(ROOTS))
def test_groups_and_numbers_are_as_a_naive_reading_has_them(custom: Filled, resource: str) -> None:
    world = World(custom, resource)

    @MODERATE
    @given(st.data())
    def check(data: st.DataObject) -> None:
        draw = Draw(lambda low, high: data.draw(st.integers(low, high)), world)
        tree, keeps = draw.where()
        path = draw.path()
        key = path.rpartition(".")[2]
        part = draw.one([None, *PARTS]) if FIELDS[key]["kind"] in ("DATE", "MOMENT") else None
        by = {"by": part} if part else {}
        text = (
            f"query($w: {type_name(world)}Where, $g: [{type_name(world)}Group!]) {{ {world.many}Aggregate(where: $w, groupBy: $g)"
            ' { keys count countDistinct { customField(key: "region") } sum { customField(key: "score") n: customField(key: "staff") }'
            ' avg { customField(key: "score") n: customField(key: "staff") } min { customField(key: "score") d: customField(key: "since") }'
            ' max { customField(key: "seen") n: customField(key: "staff") } } }'
        )

        answer = custom.same(
            ME, text, {"w": tree, "g": [nested(path, lambda name: {"customField": name, **by})]}
        )

        assert "errors" not in answer, (answer, tree, path)
        found = answer["data"][f"{world.many}Aggregate"]
        groups: dict[Any, list[Row]] = {}
        for row in filter(keeps, world.rows):
            groups.setdefault(group_key(world, row, path, part), []).append(row)
        label = f"{world.link}.customFields.{key}" if "." in path else f"customFields.{key}"
        assert [item["keys"] for item in found] == [
            {label: name} for name in ordered_keys(key, part, list(groups))
        ]
        for item in found:
            assert item == {"keys": item["keys"], **numbers(groups[item["keys"][label]])}, (tree, path)

    check()


def group_key(world: World, row: Row, path: str, part: str | None) -> Any:
    """The group a row falls in."""
    value = world.value(row, path)
    if value is None or part is None:
        return None if value is None else written(path.rpartition(".")[2], _text(value))
    return PARTS[part](
        value.astimezone(ZoneInfo(ME.time_zone)).date() if isinstance(value, dt.datetime) else value
    )


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def ordered_keys(key: str, part: str | None, keys: list[Any]) -> list[Any]:
    """Groups as their keys are sorted, nulls last."""
    present = [one for one in keys if one is not None]
    kind = FIELDS[key]["kind"]
    if part is not None:
        present.sort()
    elif kind == "DECIMAL":
        present.sort(key=Decimal)
    elif kind == "TEXT":
        present.sort(key=lambda one: (text_key(one).encode(), one.encode()))
    else:
        present.sort()
    return present + [None for one in keys if one is None]


def numbers(rows: list[Row]) -> dict[str, Any]:
    """The numbers of a group, as the answer shows them."""
    of = {key: [value for row in rows if (value := plain(row, key)) is not None] for key in FIELDS}
    scores, staff = of["score"], [Decimal(one) for one in of["staff"]]

    def shown(value: Any) -> Any:
        return None if value is None else format(value.normalize() + 0, "f")

    def mean(values: list[Decimal]) -> Any:
        return shown(rounded(sum(values, Decimal(0)), Decimal(len(values)))) if values else None

    return {
        "count": len(rows),
        "countDistinct": {"customField": len(set(of["region"]))},
        "sum": {
            "customField": shown(sum(scores)) if scores else None,
            "n": shown(sum(staff)) if staff else None,
        },
        "avg": {"customField": mean(scores), "n": mean(staff)},
        "min": {
            "customField": shown(min(scores)) if scores else None,
            "d": min(of["since"]).isoformat() if of["since"] else None,
        },
        "max": {
            "customField": written("seen", max(of["seen"]).isoformat()) if of["seen"] else None,
            "n": int(max(staff)) if staff else None,
        },
    }
