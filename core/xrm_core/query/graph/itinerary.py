"""A journey compiled: the statements it takes, and for each place for objects one that reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_list_type
from graphql.type import get_nullable_type

from xrm_core.graph.traversal.neighbours import DEFAULT_LIMIT, MOST_PARTIES, WIDTHS, width_of
from xrm_core.query.compiler import Compiler, Journey, Path
from xrm_core.query.cost import EXPECTED_ROWS, LIST_LOOK
from xrm_core.query.fields import fields_json
from xrm_core.query.graph import fields
from xrm_core.query.graph.holdings import is_open, kept, region
from xrm_core.query.graph.steps import named, step
from xrm_core.query.selection import Selected

# Lists of a party's relationships are cut there; a step takes the first that is enough.
FAR = (501, 10_001)


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the answer where objects of a resource stand: the plan that reads them by their ids."""

    plan: Any
    is_list: bool
    is_nullable: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """An object of the answer: its type's name, and for each key the member it shows and how."""

    type_name: str
    members: tuple[tuple[str, str, "Shape | Site | None"], ...]

    def sites(self) -> list[Site]:
        """All places for objects in it."""
        found = []
        for _, _, inner in self.members:
            if isinstance(inner, Site):
                found.append(inner)
            elif inner is not None:
                found += inner.sites()
        return found


@dataclass(frozen=True, slots=True)
class Itinerary:
    """How a field is answered: where it stands, by which mark, its statements by name, the shape of its answer.

    `steps` are by how many relationships of a party they read at most.
    """

    kind: str
    path: Path
    mark: str
    arguments: Mapping[str, Any]
    statements: Mapping[str, Any]
    steps: Mapping[int, Any]
    shape: Shape | None

    def plans(self) -> list[Any]:
        """Every plan it may run."""
        return [
            *self.statements.values(),
            *self.steps.values(),
            *(site.plan for site in (self.shape.sites() if self.shape else [])),
        ]


class _Writer:
    """Compiles one journey; `finish` makes a plan of what a compiler wrote under a key."""

    def __init__(self, outer: Compiler, journey: Journey, finish: Callable[[Compiler, Any], Any]) -> None:
        self.outer, self.journey, self.finish = outer, journey, finish

    def plan(self, write: Callable[[Compiler], Any]) -> Any:
        """The plan of a statement."""
        inner = Compiler(
            self.outer.dialect, self.outer.access, self.outer.plugins, nesting=self.outer.nesting
        )
        # The times asked about hold for all of it, and for what is nested in what is found, as they do in a list.
        inner.axes, inner.longest = self.journey.axes, self.outer.longest
        inner.meter.times, inner.most_rows = self.journey.times, self.outer.most_rows
        return self.finish(inner, write(inner))

    def _limit(self) -> int:
        """The limit of a neighbourhood: whatever is said otherwise is refused when it is asked."""
        limit = self.journey.selected.arguments.get("limit")
        return limit if isinstance(limit, int) and 0 < limit <= MOST_PARTIES else DEFAULT_LIMIT

    def _widths(self) -> set[int]:
        if self.journey.kind != fields.NEIGHBOURHOOD:
            return set(FAR)
        return {WIDTHS[0], width_of(self._limit())}

    def rows(self) -> int:
        """How many objects of a kind are expected in one answer."""
        if self.journey.kind == fields.NEIGHBOURHOOD:
            return self._limit()
        return EXPECTED_ROWS if self.journey.kind == fields.CONTROLS else LIST_LOOK * EXPECTED_ROWS

    def itinerary(self) -> Itinerary:
        """The whole."""
        journey, axes = self.journey, self.journey.axes
        statements: dict[str, Any] = {}
        steps: dict[int, Any] = {}
        if journey.kind in (fields.CLOSURE, fields.CONTROLS):
            # What was known earlier, or may be read in part, is derived from what the asker may read of it.
            by_table = axes.known_at is None and is_open(self.outer)
            name, write = ("kept", kept) if by_table else ("region", region)
            statements[name] = self.plan(write)
        else:
            some = journey.selected.arguments.get("types") is not None
            for most in self._widths():
                steps[most] = self.plan(partial(step, most=most, some_types=some))
        return Itinerary(
            journey.kind,
            journey.path,
            journey.mark,
            journey.selected.arguments,
            statements,
            steps,
            self.shape(),
        )

    def shape(self) -> Shape | None:
        """The shape of the answer; None of a plain value."""
        type_ = get_named_type(self.journey.selected.definition.type)
        if not isinstance(type_, GraphQLObjectType):
            return None
        return self._shape([self.journey.selected], type_, self.journey.path)

    def _shape(self, several: Sequence[Selected], type_: GraphQLObjectType, path: Path) -> Shape:
        members: list[tuple[str, str, Shape | Site | None]] = []
        for selected in several:
            for child in selected.children(type_):
                inner = get_named_type(child.definition.type)
                here = (*path, child.key)
                if not isinstance(inner, GraphQLObjectType):
                    members.append((child.key, child.name, None))
                elif "resource" in inner.extensions:
                    members.append((child.key, child.name, self._site(child, inner, here)))
                else:
                    members.append((child.key, child.name, self._shape([child], inner, here)))
        return Shape(type_.name, tuple(members))

    def _site(self, selected: Selected, type_: GraphQLObjectType, path: Path) -> Site:
        def write(inner: Compiler) -> Any:
            info = inner.resource(type_.extensions["resource"])
            scope = inner.scope(info)
            inner.meter.begin(self.rows())
            shown = fields_json(inner, scope, type_, selected.children(type_), ("o",))
            return named(inner, info, shown, scope)

        plan = self.plan(write)
        for hidden in plan.hidden:
            self.outer.hide((*path, *hidden.split(".")[1:]))
        listed = is_list_type(get_nullable_type(selected.definition.type))
        return Site(plan, listed, get_nullable_type(selected.definition.type) is selected.definition.type)


def itinerary(outer: Compiler, journey: Journey, finish: Callable[[Compiler, Any], Any]) -> Itinerary:
    """How the journey is made."""
    return _Writer(outer, journey, finish).itinerary()
