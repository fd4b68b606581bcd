"""The fields that walk the graph, as the schema carries them: each leaves its place to a journey."""

from typing import Any

import sqlalchemy as sa

from xrm_core.errors import LimitExceeded
from xrm_core.graph.traversal.neighbours import DEFAULT_LIMIT, width_of
from xrm_core.query.binds import Request, Source, source_of
from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.cost import LIST_LOOK, WHOLE_LOOK
from xrm_core.query.graph.steps import array, beginning, rows_of, step, types_of
from xrm_core.query.jsonsql import literal
from xrm_core.query.lists import axes
from xrm_core.query.operands import exact_id
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected

NEIGHBOURHOOD, PATHS, DISTANCE, CLOSURE, CONTROLS = (
    "neighbourhood",
    "paths",
    "distance",
    "ownershipClosure",
    "controls",
)
# The arguments that name parties.
ENDS = ("partyId", "fromId", "toId")
MOST_TYPES = 100
# Each is several statements.
MOST_JOURNEYS = 10


def _left(compiler: Compiler, kind: str, selected: Selected, path: Path) -> Any:
    if len(compiler.journeys) >= MOST_JOURNEYS:
        message = f"A question walks the graph at most {MOST_JOURNEYS} times; ask the rest in another one."
        raise LimitExceeded(message, field=selected.name)
    return literal(compiler.travelled(kind, selected, path, axes(compiler, selected.arguments)))


class GraphRoot:
    """A field of Query that walks the graph: neighbourhood, paths, distance, ownershipClosure."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """A mark in its place, and which of the parties and types named are there for the asker."""
        mark = _left(compiler, self.kind, selected, path)
        compiler.meter.add(WHOLE_LOOK)
        ends = [(name, source_of(selected.arguments[name])) for name in ENDS if name in selected.arguments]
        codes = source_of(selected.arguments.get("types"))

        def parties(request: Request) -> list[Any]:
            return [exact_id(source(request), name) for name, source in ends]

        def named(request: Request) -> list[str]:
            found = list(codes(request) or ())
            if len(found) > MOST_TYPES:
                raise LimitExceeded(f"At most {MOST_TYPES} types at once.", field="types")
            return found

        begun = [beginning(compiler, parties, named)]
        if self.kind == NEIGHBOURHOOD:
            begun.append(self._first_step(compiler, selected, parties, named))
        return array(compiler, mark, *begun)

    @staticmethod
    def _first_step(compiler: Compiler, selected: Selected, parties: Source, codes: Source) -> Any:
        """The relationships of the party itself, so that a neighbourhood is one statement shorter."""
        given, limit = selected.arguments, selected.arguments.get("limit")
        outer, compiler.axes = compiler.axes, axes(compiler, given)
        here = rows_of(compiler, compiler.binds.ids(lambda request: [str(one) for one in parties(request)]))
        types = types_of(compiler, codes) if given.get("types") is not None else None
        most = width_of(limit if isinstance(limit, int) else DEFAULT_LIMIT)
        shown = step(compiler, here, types, most=most, some_types=types is not None)
        compiler.axes = outer
        return shown


class ControlsField:
    """What a party controls."""

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """A mark and the party's id in its place."""
        compiler.meter.add(LIST_LOOK)
        return _left(compiler, CONTROLS, selected, path).concat(sa.cast(scope.id, sa.Text()))
