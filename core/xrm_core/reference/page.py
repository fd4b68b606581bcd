"""Markdown as the reference pages need it."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

_WRITTEN = "*Written by `xrm docs` from the code; changes made here are lost.*"


def page(title: str, introduction: str, *blocks: str) -> str:
    """A page: title, the note that nobody edits it, what it is, and its blocks."""
    return "\n\n".join([f"# {title}", _WRITTEN, introduction, *[block for block in blocks if block]]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars and line ends inside a cell are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(text: object) -> str:
    """A name as code; nothing for an empty one."""
    return f"`{text}`" if str(text) else ""


def first_line(described: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join(inspect.cleandoc(described.__doc__ or "").split("\n\n", 1)[0].split())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
