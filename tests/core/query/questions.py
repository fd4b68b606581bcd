"""Random questions over the graph, as trees the oracle reads and as GraphQL the product reads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.core.query.oracle import BASE, Pick
from tests.core.query.rows import AMOUNTS, CODES, CURRENCIES, DAYS, MOMENTS, NAMES, Rows
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec, OtherEndSpec
from xrm_core.text import camel, snake

ROOTS = (
    "core.party", "core.relationship", "core.dealing", "core.interaction", "core.task",
    "probe.machine", "probe.service", "gauge.reading",
)  # fmt: skip
PARTS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
SAME = ("eq", "ne", "in", "notIn")
COMPARED = ("lt", "lte", "gt", "gte")
WORDS = ("contains", "startsWith", "endsWith")


class E(str):
    """A name that GraphQL writes without quotes."""


class Grammar:
    """Draws questions; never one that filters, orders or groups by a field in `hidden`."""

    def __init__(
        self,
        number: Callable[[int, int], int],
        rows: Rows,
        hidden: frozenset[tuple[str, str]],
        roots: Sequence[str] = ROOTS,
    ) -> None:
        """`number` chooses one between two others, both included; `roots` are the resources asked about."""
        self.number, self.rows, self.hidden, self.roots = number, rows, hidden, roots
        self.known = {*roots, "core.user", "core.relationship_type"}
        self.plugins = {"core", *(name.split(".")[0] for name in roots)}

    def one(self, values: Sequence[Any]) -> Any:
        """One of them."""
        return values[self.number(0, len(values) - 1)]

    def chance(self, percent: int) -> bool:
        """True that often."""
        return self.number(0, 99) < percent

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        """A few of them, each once."""
        return list(dict.fromkeys(self.one(values) for _ in range(self.number(1, most))))

    # ---- parts of a resource -----------------------------------------------------------------------

    def values(self, info: ResourceInfo, *, asked: bool = True) -> dict[str, Any]:
        """Its values; `asked`: only those one may ask about."""
        own = {
            name: spec
            for name, spec in info.api_names().items()
            if isinstance(spec, FieldSpec | ComputedSpec)
        }
        if asked:
            own = {name: spec for name, spec in own.items() if (info.name, spec.name) not in self.hidden}
        return {**BASE, **own}

    def links(self, info: ResourceInfo, *, asked: bool = True) -> dict[str, LinkSpec]:
        """Its links to what is known here."""
        return {
            camel(name): spec
            for name, spec in info.links.items()
            if spec.target in self.known and not (asked and (info.name, name) in self.hidden)
        }

    def lists(self, info: ResourceInfo, namespace: str | None = None) -> dict[str, InverseInfo]:
        """The lists that hang on it."""
        return {
            inverse.name: inverse
            for inverse in info.inverses.values()
            if inverse.namespace == namespace and inverse.source in self.roots and not inverse.as_list
        }

    def namespaces(self, info: ResourceInfo) -> list[str]:
        """The plugins that add something to it."""
        added = {name.split(".")[0] for name in info.extensions}
        added |= {
            one.namespace for one in info.inverses.values() if one.namespace and one.source in self.roots
        }
        return sorted(added & self.plugins)

    def extension(self, info: ResourceInfo, namespace: str) -> ResourceInfo | None:
        """A plugin's 1:1 part."""
        return next((REGISTRY[name] for name in info.extensions if name.startswith(f"{namespace}.")), None)

    # ---- filters -----------------------------------------------------------------------------------

    def where(self, info: ResourceInfo, depth: int = 2) -> dict[str, Any]:
        """A filter."""
        tree: dict[str, Any] = {}
        for _ in range(self.number(1, 2)):
            name, value = self._term(info, depth)
            tree[name] = value
        return tree

    def _term(self, info: ResourceInfo, depth: int) -> tuple[str, Any]:
        kinds = ["value"] * 4 + (["link", "list", "logic", "namespace"] * 2 if depth else [])
        kind = self.one(kinds)
        if kind == "link" and self.links(info):
            name = self.one(list(self.links(info)))
            spec = self.links(info)[name]
            if self.chance(40):
                return f"{name}Id", self._operators(FieldSpec(kind=Kind.ID), spec.target)
            return name, self.where(REGISTRY[spec.target], depth - 1)
        if kind == "list" and self.lists(info):
            name = self.one(list(self.lists(info)))
            return name, self._list_where(self.lists(info)[name], depth)
        if kind == "logic":
            name = self.one(("and", "or", "not"))
            if name == "not":
                return name, self.where(info, depth - 1)
            return name, [self.where(info, depth - 1) for _ in range(self.number(0, 2))]
        if kind == "namespace" and self.namespaces(info):
            return self._namespace_where(info, depth)
        return self._value_term(info)

    def _value_term(self, info: ResourceInfo) -> tuple[str, Any]:
        values = {
            name: spec
            for name, spec in self.values(info).items()
            if spec.kind is not Kind.JSON or self.chance(5)
        }
        name = self.one(list(values))
        if values[name].kind is Kind.MONEY and self.chance(30):
            return f"{name}Currency", self._operators(FieldSpec(kind=Kind.CODE), info.name, CURRENCIES)
        return name, self._operators(values[name], info.name)

    def _namespace_where(self, info: ResourceInfo, depth: int) -> tuple[str, Any]:
        namespace = self.one(self.namespaces(info))
        extension, lists = self.extension(info, namespace), self.lists(info, namespace)
        if lists and (extension is None or self.chance(50)):
            name = self.one(list(lists))
            return namespace, {name: self._list_where(lists[name], depth)}
        assert extension is not None
        values = {name: spec for name, spec in self.values(extension).items() if name not in BASE}
        if not values:
            return self._value_term(info)
        name = self.one(list(values))
        return namespace, {name: self._operators(values[name], extension.name)}

    def _list_where(self, inverse: InverseInfo, depth: int) -> dict[str, Any]:
        info = REGISTRY[inverse.source]
        quantifier = self.one(("some", "none", "every", "aggregate"))
        if quantifier != "aggregate":
            return {quantifier: {} if self.chance(20) else self.where(info, depth - 1)}
        function, name, spec, filtered = self._number(info, depth)
        operators = self._operators(spec, info.name, words=False)
        asked: dict[str, Any] = {function: operators if name is None else {name: operators}}
        return {quantifier: asked | ({"where": filtered} if filtered else {})}

    def _number(self, info: ResourceInfo, depth: int) -> tuple[str, str | None, Any, dict[str, Any]]:
        """A number over rows, with a filter that leaves one currency."""
        measured = {
            name: spec
            for name, spec in self.values(info).items()
            if spec.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.DATE, Kind.MOMENT)
            and name not in BASE
        }
        filtered = self.where(info, depth - 1) if depth and self.chance(50) else {}
        if not measured or self.chance(30):
            return "count", None, FieldSpec(kind=Kind.INTEGER), filtered
        name = self.one(list(measured))
        spec = measured[name]
        is_time = spec.kind in (Kind.DATE, Kind.MOMENT)
        function = self.one(("min", "max") if is_time else ("sum", "avg", "min", "max"))
        if spec.kind is Kind.MONEY:
            filtered = {**filtered, f"{name}Currency": {"eq": "EUR"}}
        kind = Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind
        return function, name, FieldSpec(kind=kind), filtered

    def _operators(
        self, spec: Any, resource: str, pool: Sequence[Any] | None = None, *, words: bool = True
    ) -> dict[str, Any]:
        if spec.kind is Kind.JSON:
            return {"isNull": self.chance(50)}
        is_text = spec.kind in (Kind.TEXT, Kind.CODE)
        names = [*SAME, "isNull"]
        if spec.kind is Kind.BOOLEAN:
            names = ["eq", "ne", "isNull"]
        elif spec.kind not in (Kind.ID, Kind.ENUM):
            names += [*COMPARED, *(WORDS * 2 if is_text and words else ())]
        operators: dict[str, Any] = {}
        for name in self.some(names, 2):
            if name == "isNull":
                operators[name] = self.chance(50)
            elif name in ("in", "notIn"):
                operators[name] = [self._operand(spec, resource, pool) for _ in range(self.number(0, 3))]
            elif name in ("eq", "ne") and self.chance(5):
                operators[name] = None
            else:
                operators[name] = self._operand(spec, resource, pool, part=name in WORDS)
        return operators

    def _operand(self, spec: Any, resource: str, pool: Sequence[Any] | None, *, part: bool = False) -> Any:
        if pool is not None:
            return self.one(pool)
        kind = spec.kind
        if kind is Kind.ENUM:
            return E(self.one([member.name for member in spec.enum]))
        if kind is Kind.ID:
            return str(self.one(self.rows[resource])["id"])
        if kind is Kind.INTEGER:
            return self.one((0, 1, 2, 3, 5, 50, -1, 1000))
        if kind in (Kind.DECIMAL, Kind.MONEY):
            return format(self.one(AMOUNTS), "f")
        if kind is Kind.BOOLEAN:
            return self.chance(50)
        if kind is Kind.DATE:
            return self.one(DAYS)
        if kind is Kind.MOMENT:
            return self.one(MOMENTS)
        text = str(self.one(NAMES if kind is Kind.TEXT else CODES))
        return text[self.number(0, 2) :][: self.number(1, 4)] if part else text

    # ---- orders ------------------------------------------------------------------------------------

    def order(self, info: ResourceInfo) -> list[Any]:
        """An order of one to three terms."""
        return [self._order_term(info, 2) for _ in range(self.number(1, 3))]

    def direction(self) -> E:
        """Either way."""
        return E(self.one(("ASC", "DESC")))

    def _order_term(self, info: ResourceInfo, depth: int) -> dict[str, Any]:
        kind = self.one(("value", "value", "link", "list", "namespace") if depth else ("value",))
        if kind == "link" and self.links(info):
            name = self.one(list(self.links(info)))
            return {name: self._order_term(REGISTRY[self.links(info)[name].target], depth - 1)}
        if kind == "list" and self.lists(info):
            name = self.one(list(self.lists(info)))
            return {name: self._number_order(self.lists(info)[name])}
        if kind == "namespace" and self.namespaces(info):
            namespace = self.one(self.namespaces(info))
            extension, lists = self.extension(info, namespace), self.lists(info, namespace)
            if lists and (extension is None or self.chance(50)):
                name = self.one(list(lists))
                return {namespace: {name: self._number_order(lists[name])}}
            assert extension is not None
            names = [
                name
                for name, spec in self.values(extension).items()
                if name not in BASE and spec.kind is not Kind.JSON
            ]
            if names:
                return {namespace: {self.one(names): self.direction()}}
        names = [name for name, spec in self.values(info).items() if spec.kind is not Kind.JSON]
        return {self.one(names): self.direction()}

    def _number_order(self, inverse: InverseInfo) -> dict[str, Any]:
        function, name, _, filtered = self._number(REGISTRY[inverse.source], 1)
        asked: dict[str, Any] = {function: self.direction() if name is None else {name: self.direction()}}
        return {"aggregate": asked | ({"where": filtered} if filtered else {})}

    # ---- selections --------------------------------------------------------------------------------

    def operation(self) -> list[Pick]:
        """One to two root fields."""
        picks = []
        for position in range(self.number(1, 2)):
            info = REGISTRY[self.one(self.roots)]
            pick = self._root(info)
            pick.alias = f"r{position}"
            picks.append(pick)
        return picks

    def _root(self, info: ResourceInfo) -> Pick:
        kind = self.one(("many", "many", "many", "groups", "one"))
        if kind == "one":
            args = {"id": str(self.one(self.rows[info.name])["id"])}
            return self.at_a_time(info, Pick(info.one, args, self.fields(info, 2)))
        if kind == "groups":
            return self.at_a_time(info, self.groups(info, f"{info.many}Aggregate"))
        return self.at_a_time(info, self.connection(info, info.many, depth=2))

    def at_a_time(self, info: ResourceInfo, pick: Pick) -> Pick:
        """Sometimes asked about another day, as known at another time."""
        if self.chance(30 if info.name in ("core.party", "core.relationship") else 10):
            if self.chance(70):
                pick.args["asOf"] = self.one(MOMENTS[1:-1])
            if self.chance(60):
                pick.args["knownAt"] = self.one(MOMENTS)
        return pick

    def connection(self, info: ResourceInfo, name: str, *, depth: int) -> Pick:
        """A page."""
        args: dict[str, Any] = {}
        if self.chance(60):
            args["where"] = self.where(info)
        if self.chance(70):
            args["orderBy"] = self.order(info)
        if self.chance(60):
            args[self.one(("first", "first", "last"))] = self.one((0, 1, 2, 3, 7))
        children = [Pick("nodes", {}, self.fields(info, depth))]
        if self.chance(30):
            children.append(Pick("totalCount"))
        if self.chance(20):
            children.append(Pick("edges", {}, [Pick("node", {}, self.fields(info, 0)), Pick("__typename")]))
        if self.chance(20):
            flags = [Pick(self.one(("hasNextPage", "hasPreviousPage", "__typename")))]
            children.append(Pick("pageInfo", {}, flags))
        if self.chance(20):
            children.append(Pick("__typename"))
        return Pick(name, args, children[1:] if len(children) > 1 and self.chance(20) else children)

    def fields(self, info: ResourceInfo, depth: int) -> list[Pick]:
        """What is selected of an object: some values, perhaps something nested."""
        picks = [self._value_pick(name, spec) for name, spec in self._some_values(info).items()]
        if self.chance(20):
            picks.append(Pick("__typename"))
        for _ in range(self.number(0, 2) if depth else 0):
            picks.append(self._nested(info, depth - 1))
        for position, pick in enumerate(picks):
            pick.alias = f"f{position}"
        return picks

    def _some_values(self, info: ResourceInfo) -> dict[str, Any]:
        values = self.values(info, asked=False)
        return {name: values[name] for name in self.some(list(values), 4)}

    @staticmethod
    def _value_pick(name: str, spec: Any) -> Pick:
        money = [Pick("amount"), Pick("currency"), Pick("__typename", alias="t")]
        return Pick(name, {}, money if spec.kind is Kind.MONEY else [])

    def _nested(self, info: ResourceInfo, depth: int) -> Pick:
        kind = self.one(("link", "list", "list", "groups", "namespace"))
        if kind == "link" and self.links(info, asked=False):
            name = self.one(list(self.links(info, asked=False)))
            return Pick(name, {}, self.fields(REGISTRY[self.links(info, asked=False)[name].target], depth))
        others = [name for name, spec in info.api_names().items() if isinstance(spec, OtherEndSpec)]
        if kind == "link" and others and self.chance(50):
            return Pick(others[0], {}, self.fields(REGISTRY["core.party"], depth))
        if kind == "namespace" and self.namespaces(info):
            return self._namespace(info, depth)
        if kind in ("list", "groups") and self.lists(info):
            name = self.one(list(self.lists(info)))
            source = REGISTRY[self.lists(info)[name].source]
            if kind == "groups":
                return self.groups(source, f"{name}Aggregate")
            return self.connection(source, name, depth=depth)
        name, spec = self.one(list(self.values(info).items()))
        return self._value_pick(name, spec)

    def _namespace(self, info: ResourceInfo, depth: int) -> Pick:
        namespace = self.one(self.namespaces(info))
        extension, lists = self.extension(info, namespace), self.lists(info, namespace)
        on_edges = self.extension(REGISTRY["core.relationship"], namespace)
        by_edge = info.name == "core.party" and extension is None and on_edges is not None
        part = on_edges if by_edge else extension
        picks = []
        if part is not None:
            values = {name: spec for name, spec in self.values(part, asked=False).items() if name not in BASE}
            picks = [self._value_pick(name, values[name]) for name in self.some(list(values), 2)]
        if lists and self.chance(50):
            name = self.one(list(lists))
            picks.append(self.connection(REGISTRY[lists[name].source], name, depth=depth))
        for position, pick in enumerate(picks):
            pick.alias = f"n{position}"
        args = {}
        if by_edge and self.chance(30):
            args["unit"] = str(self.one(self.rows["core.unit"])["id"] if "core.unit" in self.rows else "")
        return Pick(namespace, args, picks or [Pick("__typename")])

    # ---- groups ------------------------------------------------------------------------------------

    def groups(self, info: ResourceInfo, name: str) -> Pick:
        """A grouped question."""
        args: dict[str, Any] = {}
        if self.chance(50):
            args["where"] = self.where(info, 1)
        money = [key for key, spec in self.values(info).items() if spec.kind is Kind.MONEY]
        if money and self.chance(85):
            args["where"] = {**args.get("where", {}), f"{money[0]}Currency": {"eq": "EUR"}}
        keys = {
            self._group_name(key): key
            for key in (self._group(info, 1) for _ in range(self.one((0, 1, 1, 2))))
        }
        if keys:
            args["groupBy"] = list(keys.values())
        if self.chance(30):
            args["having"] = self._having(info)
        if self.chance(50):
            args["orderBy"] = [self._group_order(info) for _ in range(self.number(1, 2))]
        if self.chance(40):
            args["first"] = self.one((0, 1, 2, 5))
        blocks = [Pick("keys"), Pick("count"), *self._blocks(info)]
        return Pick(name, args, blocks)

    def _group(self, info: ResourceInfo, depth: int) -> dict[str, Any]:
        links = self.links(info)
        if depth and links and self.chance(30):
            name = self.one(list(links))
            return {name: self._group(REGISTRY[links[name].target], depth - 1)}
        values = {name: spec for name, spec in self.values(info).items() if spec.kind is not Kind.JSON}
        names = [
            *values,
            *links,
            *(f"{name}Currency" for name, spec in values.items() if spec.kind is Kind.MONEY),
        ]
        name = self.one(names)
        field: dict[str, Any] = {"field": E(snake(name).upper())}
        if name in values and values[name].kind in (Kind.DATE, Kind.MOMENT) and self.chance(80):
            field["by"] = E(self.one(PARTS))
        return field

    def _group_name(self, item: Mapping[str, Any]) -> str:
        return (
            str(item["field"])
            if "field" in item
            else f"{next(iter(item))}.{self._group_name(next(iter(item.values())))}"
        )

    def _measured(self, info: ResourceInfo) -> dict[str, Any]:
        kinds = (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.DATE, Kind.MOMENT)
        values = {
            name: spec for name, spec in self.values(info).items() if name not in BASE and spec.kind in kinds
        }
        # The filter leaves one currency of the first amount only.
        money = [name for name, spec in values.items() if spec.kind is Kind.MONEY]
        return {name: spec for name, spec in values.items() if name not in money[1:]}

    def _having(self, info: ResourceInfo) -> dict[str, Any]:
        measured = self._measured(info)
        if not measured or self.chance(50):
            return {"count": self._operators(FieldSpec(kind=Kind.INTEGER), info.name)}
        name = self.one(list(measured))
        kind = Kind.DECIMAL if measured[name].kind is Kind.MONEY else measured[name].kind
        is_time = kind in (Kind.DATE, Kind.MOMENT)
        function = self.one(("min", "max") if is_time else ("sum", "avg", "min", "max"))
        return {function: {name: self._operators(FieldSpec(kind=kind), info.name)}}

    def _group_order(self, info: ResourceInfo) -> dict[str, Any]:
        measured = self._measured(info)
        kind = self.one(("count", "keys", "number"))
        if kind != "number" or not measured:
            return {"keys" if kind == "keys" else "count": self.direction()}
        name = self.one(list(measured))
        is_time = measured[name].kind in (Kind.DATE, Kind.MOMENT)
        return {
            self.one(("min", "max") if is_time else ("sum", "avg", "min", "max")): {name: self.direction()}
        }

    def _blocks(self, info: ResourceInfo) -> list[Pick]:
        blocks = []
        measured = self._measured(info)
        numbers = [name for name, spec in measured.items() if spec.kind not in (Kind.DATE, Kind.MOMENT)]
        for function in self.some(("sum", "avg", "min", "max", "countDistinct", "share"), 3):
            if function == "countDistinct":
                names = [name for name, spec in self.values(info).items() if spec.kind is not Kind.JSON]
            elif function == "share":
                names = ["count", *numbers]
            else:
                names = list(measured) if function in ("min", "max") else numbers
            leaves = [Pick(name) for name in (self.some(names, 2) if names else ["__typename"])]
            if not measured and function not in ("countDistinct", "share"):
                continue
            blocks.append(Pick(function, {}, leaves))
        return blocks
