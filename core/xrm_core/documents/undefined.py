"""Undefined values in a template: noted with their path instead of stopping at the first one."""

from collections.abc import Iterator
from typing import Any, ClassVar

from jinja2 import Undefined
from jinja2.utils import missing


class MissingValues:
    """The values that a template used and the data does not have, in the order of use, each once."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.names: dict[str, None] = {}
        self._paths: dict[int, str] = {}
        for key, value in data.items():
            self._note_paths(value, key)

    def note(self, owner: object, name: str) -> None:
        """Remember that `name` was looked for in `owner` (jinja2's `missing` for a variable)."""
        path = self._paths.get(id(owner)) if owner is not missing else None
        self.names[name if path is None else f"{path}.{name}"] = None

    def _note_paths(self, value: object, path: str) -> None:
        if isinstance(value, dict):
            self._paths[id(value)] = path
            for key, inner in value.items():
                self._note_paths(inner, f"{path}.{key}")
        elif isinstance(value, list):
            self._paths[id(value)] = path
            for inner in value:
                self._note_paths(inner, f"{path}[]")


class NotedUndefined(Undefined):
    """A value that is not there: each use is noted and goes on, so one rendering finds every missing one.

    `is defined` and `default(…)` are no use. Whoever renders raises when anything was noted, so what such a
    value prints is never seen.
    """

    found: ClassVar[MissingValues]

    def note(self) -> None:
        """Add this value to those that were missed."""
        self.found.note(self._undefined_obj, str(self._undefined_name))

    def __str__(self) -> str:
        self.note()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self.note()
        return iter(())

    def __len__(self) -> int:
        self.note()
        return 0

    def __bool__(self) -> bool:
        self.note()
        return False

    def __eq__(self, other: object) -> bool:
        self.note()
        return False

    def __ne__(self, other: object) -> bool:
        self.note()
        return True

    def __hash__(self) -> int:
        self.note()
        return 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.note()
        return self


def _go_on(self: NotedUndefined, *_: Any, **__: Any) -> NotedUndefined:
    self.note()
    return self


def _say_no(self: NotedUndefined, *_: Any) -> bool:
    self.note()
    return False


for _name in ("call", "getitem", "pos", "neg", "pow", "rpow"):
    setattr(NotedUndefined, f"__{_name}__", _go_on)
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
    setattr(NotedUndefined, f"__{_name}__", _go_on)
    setattr(NotedUndefined, f"__r{_name}__", _go_on)
for _name in ("lt", "le", "gt", "ge"):
    setattr(NotedUndefined, f"__{_name}__", _say_no)


def undefined_class(found: MissingValues) -> type[Undefined]:
    """The class for one rendering's undefined values: they are noted in `found`."""
    return type("NotedUndefined", (NotedUndefined,), {"found": found})
