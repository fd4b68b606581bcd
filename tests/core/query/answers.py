"""What a question must be answered with: the oracle's lists, nested and grouped as selected."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.core.query.oracle import Oracle, Pick, Refusal, Time, like, numbers_in, ordered
from tests.core.query.rows import Row
from tests.core.query.worked_out import rounded
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import FieldSpec, Kind, LinkSpec, OtherEndSpec
from xrm_core.text import camel

GROUP_FUNCTIONS = ("countDistinct", "sum", "avg", "min", "max")


class Answerer:
    """Answers whole operations."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle

    def answer(self, picks: list[Pick]) -> dict[str, Any]:
        """The data of an operation. Raises: Refusal if it must be refused."""
        return {pick.key: self.root(pick) for pick in picks}

    def root(self, pick: Pick) -> Any:
        """A field of Query."""
        oracle, now = self.oracle, Time(self.oracle.today)
        for info in REGISTRY:
            if info.extends or not info.root:
                continue
            if pick.name not in (info.one, info.many, f"{info.many}Aggregate"):
                continue
            time = self._time(pick, now)
            seen = [row for row in oracle.then.at(info, time.known_at) if oracle.sees(info, row)]
            if pick.name == info.one:
                found = next((row for row in seen if str(row["id"]) == pick.args["id"]), None)
                return None if found is None else self.object(info, found, pick.children, time, None)
            if pick.name in (info.many, f"{info.many}Aggregate"):
                listed = [row for row in seen if oracle.dated(info, row, time)]
                if pick.name == info.many:
                    return self.connection(info, listed, pick, time, None)
                whole = self._whole(info, pick, time)
                self._currencies(info, pick, whole, time)
                return self.groups(info, listed, pick, time)
        raise KeyError(pick.name)

    def _time(self, pick: Pick, outer: Time) -> Time:
        moment = pick.args.get("asOf")
        known = pick.args.get("knownAt")
        day = outer.day if moment is None else self.oracle.actor.today(dt.datetime.fromisoformat(moment))
        return Time(day, outer.known_at if known is None else dt.datetime.fromisoformat(known))

    # ---- objects -----------------------------------------------------------------------------------

    def object(
        self, info: ResourceInfo, row: Row, children: list[Pick], time: Time, parent: Row | None
    ) -> dict[str, Any]:
        """A row with these fields; `parent` is where one came from."""
        return {child.key: self._field(info, row, child, time, parent) for child in children}

    def _field(self, info: ResourceInfo, row: Row, pick: Pick, time: Time, parent: Row | None) -> Any:
        if pick.name == "__typename":
            return info.type_name
        lists = {inverse.name: inverse for inverse in info.inverses.values() if inverse.namespace is None}
        if pick.name in lists:
            return self._list(lists[pick.name], row, pick, time)
        if pick.name.removesuffix("Aggregate") in lists:
            return self._hanging_groups(lists[pick.name.removesuffix("Aggregate")], row, pick, time)
        part = self.oracle.find(info, pick.name)
        if isinstance(part, LinkSpec):
            return self._linked(info, row, part, pick, time)
        if isinstance(part, OtherEndSpec):
            return self._other_end(info, row, part, pick, time, parent)
        if isinstance(part, str):
            return self._namespace(info, row, pick, time)
        return self._value(info, row, part, pick)

    def _value(self, info: ResourceInfo, row: Row | None, spec: Any, pick: Pick) -> Any:
        oracle = self.oracle
        if row is None or (spec.hideable and not oracle.shows(info, row, spec.name)):
            return None
        found = oracle.value(info, row, spec)
        if spec.kind is not Kind.MONEY or found is None:
            return shown(found)
        parts = {"amount": shown(found), "currency": row[f"{spec.name}_currency"], "__typename": "Money"}
        return {child.key: parts[child.name] for child in pick.children}

    def _linked(self, info: ResourceInfo, row: Row, spec: LinkSpec, pick: Pick, time: Time) -> Any:
        if spec.hideable and not self.oracle.shows(info, row, spec.name):
            return None
        target = self.oracle.linked(row, spec)
        return (
            None if target is None else self.object(REGISTRY[spec.target], target, pick.children, time, None)
        )

    def _other_end(
        self, info: ResourceInfo, row: Row, spec: OtherEndSpec, pick: Pick, time: Time, parent: Row | None
    ) -> Any:
        first, second = info.links[spec.first], info.links[spec.second]
        from_second = parent is not None and row[first.column] != parent["id"]
        return self._linked(info, row, first if from_second else second, pick, time)

    def _list(self, inverse: InverseInfo, row: Row, pick: Pick, time: Time) -> Any:
        info = REGISTRY[inverse.source]
        here = self._time(pick, time)
        rows = self.oracle.listed(inverse, row, here)
        parent = row if len(inverse.links) > 1 else None
        return self.connection(info, rows, pick, here, parent)

    def _namespace(self, info: ResourceInfo, row: Row, pick: Pick, time: Time) -> Any:
        part, found = self.oracle.extension(info, row, pick.name)
        if info.name == "core.party" and part is None:
            part, found = self._by_edge(row, pick, time)
        shown_: dict[str, Any] = {}
        for child in pick.children:
            inverse = info.inverses.get(f"{pick.name}.{child.name.removesuffix('Aggregate')}")
            if inverse is not None and child.name.endswith("Aggregate"):
                shown_[child.key] = self._hanging_groups(inverse, row, child, time)
            elif inverse is not None:
                shown_[child.key] = self._list(inverse, row, child, time)
            elif child.name == "__typename":
                shown_[child.key] = info.type_name + pick.name.capitalize()
            else:
                assert part is not None
                shown_[child.key] = self._value(part, found, self.oracle.find(part, child.name), child)
        return shown_

    def _by_edge(self, row: Row, pick: Pick, time: Time) -> tuple[ResourceInfo | None, Row | None]:
        """What a plugin thinks of a party: read from the managed edge of the unit asked about."""
        oracle, info = self.oracle, REGISTRY["core.relationship"]
        unit = pick.args.get("unit") or oracle.actor.home_unit
        edges = [
            edge
            for edge in oracle.then.at(info, time.known_at)
            if edge["target_id"] == row["id"]
            and str(edge["unit_id"]) == str(unit)
            and oracle.by_id["core.relationship_type"][edge["type_id"]]["managed"]
            and oracle.dated(info, edge, time)
            and oracle.sees(info, edge, None)
        ]
        kinds = oracle.by_id["core.relationship_type"]
        edges.sort(key=lambda edge: (kinds[edge["type_id"]]["code"], str(edge["id"])))
        part = next(REGISTRY[name] for name in info.extensions if name.startswith(f"{pick.name}."))
        return part, oracle.extension(info, edges[0], pick.name)[1] if edges else None

    # ---- lists -------------------------------------------------------------------------------------

    def page(self, info: ResourceInfo, rows: list[Row], pick: Pick, time: Time) -> tuple[list[Row], int]:
        """The rows of a page in order, and how many there are in all."""
        found = [row for row in rows if self.oracle.holds(info, row, pick.args.get("where"), time)]
        found = self.oracle.sort(info, found, pick.args.get("orderBy"), time)
        last, first = pick.args.get("last"), pick.args.get("first")
        if last is not None:
            return found[-last:] if last else [], len(found)
        return found[: 50 if first is None else first], len(found)

    def connection(
        self, info: ResourceInfo, rows: list[Row], pick: Pick, time: Time, parent: Row | None
    ) -> Any:
        """A page as selected; cursors are not compared."""
        page, total = self.page(info, rows, pick, time)
        more = total > len(page)
        backward = pick.args.get("last") is not None
        answer: dict[str, Any] = {}
        for child in pick.children:
            if child.name == "nodes":
                answer[child.key] = [self.object(info, row, child.children, time, parent) for row in page]
            elif child.name == "edges":
                answer[child.key] = [
                    {
                        inner.key: self.object(info, row, inner.children, time, parent)
                        if inner.name == "node"
                        else f"{info.type_name}Edge"
                        for inner in child.children
                    }
                    for row in page
                ]
            elif child.name == "totalCount":
                answer[child.key] = total
            elif child.name == "pageInfo":
                flags = {"hasNextPage": more and not backward, "hasPreviousPage": more and backward}
                parts = {**flags, "__typename": "PageInfo"}
                answer[child.key] = {inner.key: parts[inner.name] for inner in child.children}
            else:
                answer[child.key] = f"{info.type_name}Connection"
        return answer

    # ---- groups ------------------------------------------------------------------------------------

    def _hanging_groups(self, inverse: InverseInfo, row: Row, pick: Pick, time: Time) -> Any:
        info = REGISTRY[inverse.source]
        rows = self.oracle.listed(inverse, row, time)
        held = [other for other in rows if self.oracle.holds(info, other, pick.args.get("where"), time)]
        self._currencies(info, pick, held, time)
        return self.groups(info, rows, pick, time)

    def _currencies(self, info: ResourceInfo, pick: Pick, rows: list[Row], time: Time) -> None:
        """Raises: Refusal if a number of the groups adds up several currencies."""
        by = {str(item.get("field", "")) for item in pick.args.get("groupBy") or []}
        names = {
            name
            for asked in (pick.args.get("having") or {}, *(pick.args.get("orderBy") or []))
            for _, name, _ in numbers_in(asked)
        }
        shares = set()
        for child in pick.children:
            if child.name in GROUP_FUNCTIONS and child.name != "countDistinct":
                names |= {leaf.name for leaf in child.children}
            if child.name == "share":
                shares = {leaf.name for leaf in child.children} - {"count", "__typename"}
        for name in sorted(filter(None, (names | shares) - {"__typename"})):
            if f"{name.upper()}_CURRENCY" not in by:
                self.oracle.one_currency(info, rows, name, pick.args.get("where"))
        for name in shares:
            if f"{name.upper()}_CURRENCY" not in by:
                whole = self._whole(info, pick, time)
                self.oracle.one_currency(info, whole, name, pick.args.get("where"))

    def _whole(self, info: ResourceInfo, pick: Pick, time: Time) -> list[Row]:
        oracle = self.oracle
        return [
            row
            for row in oracle.then.at(info, time.known_at)
            if oracle.sees(info, row)
            and oracle.dated(info, row, time)
            and oracle.holds(info, row, pick.args.get("where"), time)
        ]

    def groups(self, info: ResourceInfo, rows: list[Row], pick: Pick, time: Time) -> Any:
        """The groups of the rows that `where` leaves."""
        held = [row for row in rows if self.oracle.holds(info, row, pick.args.get("where"), time)]
        keys = pick.args.get("groupBy") or []
        grouped: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
        for row in held:
            grouped.setdefault(tuple(self._key(info, row, item)[1] for item in keys), []).append(row)
        names = [self._key_name(item) for item in keys]
        specs = [self._key_spec(info, item) for item in keys]
        having = numbers_in(pick.args.get("having") or {})
        found = [
            (values, group)
            for values, group in grouped.items()
            if all(
                self.oracle._operators(
                    FieldSpec(kind=Kind.DECIMAL), self._number(info, group, *asked[:2]), asked[2]
                )
                for asked in having
            )
        ]
        found = self._sorted(info, found, specs, pick.args.get("orderBy") or [])
        first = pick.args.get("first")
        whole = self._whole(info, pick, time)
        return [
            {
                child.key: self._member(info, child, dict(zip(names, values, strict=True)), group, whole)
                for child in pick.children
            }
            for values, group in found[: 5_000 if first is None else first]
        ]

    def _number(self, info: ResourceInfo, rows: list[Row], function: str, name: str | None) -> Any:
        return self.oracle.number(info, rows, function, name)

    def _key_name(self, item: dict[str, Any]) -> str:
        if "field" in item:
            return camel(str(item["field"]).lower())
        ((name, inner),) = item.items()
        return f"{name}.{self._key_name(inner)}"

    def _key_spec(self, info: ResourceInfo, item: dict[str, Any]) -> Any:
        if "field" not in item:
            ((name, inner),) = item.items()
            return self._key_spec(REGISTRY[self.oracle.find(info, name).target], inner)
        spec = self.oracle.find(info, camel(str(item["field"]).lower()))
        return FieldSpec(kind=Kind.CODE) if item.get("by") or isinstance(spec, LinkSpec) else spec

    def _key(self, info: ResourceInfo, row: Row, item: dict[str, Any]) -> tuple[str, Any]:
        if "field" not in item:
            ((name, inner),) = item.items()
            spec = self.oracle.find(info, name)
            target = self.oracle.linked(row, spec)
            return name, None if target is None else self._key(REGISTRY[spec.target], target, inner)[1]
        name = camel(str(item["field"]).lower())
        spec = self.oracle.find(info, name)
        if isinstance(spec, LinkSpec):
            target = self.oracle.linked(row, spec)
            return name, None if target is None else target["id"]
        found = self.oracle.value(info, row, spec)
        if not item.get("by") or found is None:
            return name, found
        actor = self.oracle.actor
        return name, date_part(found, str(item["by"]), actor.clock or actor.time_zone)

    def _sorted(self, info: ResourceInfo, found: list[Any], specs: list[Any], order: list[Any]) -> list[Any]:
        terms: list[tuple[Any, str]] = []
        for item in order:
            if "keys" in item:
                terms += [(position, str(item["keys"])) for position in range(len(specs))]
            terms += [((function, name), str(said)) for function, name, said in numbers_in(item)]
        terms += [(position, "ASC") for position in range(len(specs))]
        for what, direction in reversed(terms):
            for part in reversed(range(2 if isinstance(what, int) else 1)):
                keyed = [(self._sort_key(info, pair, specs, what, part), pair) for pair in found]
                present = [one for one in keyed if one[0] is not None]
                present.sort(key=lambda one: one[0], reverse=direction == "DESC")
                found = [pair for _, pair in present] + [pair for key, pair in keyed if key is None]
        return found

    def _sort_key(self, info: ResourceInfo, pair: Any, specs: list[Any], what: Any, part: int) -> Any:
        values, group = pair
        if isinstance(what, tuple):
            return self._number(info, group, *what)
        value = values[what]
        if value is None:
            return None
        return (value.encode() if isinstance(value, str) else 0) if part else ordered(specs[what], value)

    def _member(self, info: ResourceInfo, child: Pick, keys: Any, rows: list[Row], whole: list[Row]) -> Any:
        if child.name == "__typename":
            return f"{info.type_name}Aggregate"
        if child.name == "keys":
            return {name: shown(value) for name, value in keys.items()}
        if child.name == "count":
            return len(rows)
        return {leaf.key: self._leaf(info, child.name, leaf.name, rows, whole) for leaf in child.children}

    def _leaf(self, info: ResourceInfo, function: str, name: str, rows: list[Row], whole: list[Row]) -> Any:
        if name == "__typename":
            blocks = {"countDistinct": "Distinct", "share": "Share"}
            return info.type_name + blocks.get(function, "Numbers")
        if function != "share":
            number = self._number(info, rows, function, name)
            return str(number) if isinstance(number, int) and function != "countDistinct" else shown(number)
        asked = ("count", None) if name == "count" else ("sum", name)
        part, total = self._number(info, rows, *asked), self._number(info, whole, *asked)
        if part is None or not total:
            return "0" if name == "count" else None
        return shown(rounded(Decimal(part), Decimal(total)))


def shown(value: Any) -> Any:
    """A value as the API writes it."""
    if isinstance(value, bool) or value is None or isinstance(value, int | str | dict | list):
        return value
    if isinstance(value, Decimal):
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC)
        return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S.%f}Z"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def date_part(value: dt.date | dt.datetime, part: str, zone: str) -> str:
    """The day, ISO week, month, quarter or year of a date, or of a moment on a clock of the zone."""
    day = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, dt.datetime) else value
    year, week, _ = day.isocalendar()
    return {
        "DAY": day.isoformat(),
        "WEEK": f"{year:04d}-W{week:02d}",
        "MONTH": day.isoformat()[:7],
        "QUARTER": f"{day.year:04d}-Q{(day.month + 2) // 3}",
        "YEAR": f"{day.year:04d}",
    }[part]


__all__ = ["Answerer", "Refusal", "like", "shown"]
