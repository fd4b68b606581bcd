"""The fields that walk the graph, as the schema carries them: each leaves its place to a journey."""

from typing import Any

from xrm_core.errors import LimitExceeded
from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.lists import axes
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected

NEIGHBOURHOOD, PATHS, DISTANCE, CLOSURE, CONTROLS = (
    "neighbourhood",
    "paths",
    "distance",
    "ownershipClosure",
    "controls",
)
# Each is several statements.
MOST_JOURNEYS = 10


def _left(compiler: Compiler, kind: str, selected: Selected, path: Path, start: Any = None) -> Any:
    if len(compiler.journeys) >= MOST_JOURNEYS:
        message = f"A question walks the graph at most {MOST_JOURNEYS} times; ask the rest in another one."
        raise LimitExceeded(message, field=selected.name)
    return compiler.travelled(kind, selected, path, axes(compiler, selected.arguments), start)


class GraphRoot:
    """A field of Query that walks the graph: neighbourhood, paths, distance, ownershipClosure."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """A mark in its place."""
        return _left(compiler, self.kind, selected, path)


class ControlsField:
    """What a party controls."""

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """A mark and the party's id in its place."""
        return _left(compiler, CONTROLS, selected, path, scope.id)
