"""Who put which condition into a statement, noted while it is written; only `xrm explain` takes notes."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class Marked(sa.ColumnElement[bool]):
    """A condition with the number of its note before it, as a comment."""

    inherit_cache = False

    def __init__(self, condition: Any, number: int) -> None:
        self.type = sa.Boolean()
        self.condition, self.number = condition, number

    def self_group(self, against: Any = None) -> Any:
        """It has brackets of its own, and is no value to compare with true."""
        return self


@compiles(Marked)
def _written(marked: Marked, compiler: Any, **options: Any) -> str:
    return f"/* [{marked.number}] */ ({compiler.process(marked.condition, **options)})"


@dataclass(slots=True)
class Notes:
    """The notes of one statement: `reasons` by number from 1, and what needed no condition, or could never hold."""

    reasons: dict[str, int] = field(default_factory=dict)
    settled: dict[str, None] = field(default_factory=dict)

    def mark(self, condition: Any, reason: str) -> Any:
        """The condition with its note."""
        if isinstance(condition, bool):
            self.settled[f"{reason}: {'for every row' if condition else 'for no row'}"] = None
            return condition
        return Marked(condition, self.reasons.setdefault(reason, len(self.reasons) + 1))
