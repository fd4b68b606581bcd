"""What a plugin says of itself; the one object its plugin.py holds besides hooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin's manifest.

    `title` and `summary` by language (`{"en": …, "fr": …}`); `requires` other plugins' ids; `package` holds its
    code, by convention models.py, commands.py, workflows.py … next to plugin.py; `shapes` are dataclasses that
    its virtual fields answer with; `is_always_on` marks those that cannot be disabled.
    """

    id: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    version: str
    package: str
    requires: Sequence[str] = ()
    shapes: Sequence[Any] = field(default_factory=tuple)
    is_always_on: bool = False
    hooks: Any = None

    @property
    def prefix(self) -> str:
        """What the names of its tables start with."""
        return f"{self.id}_"
