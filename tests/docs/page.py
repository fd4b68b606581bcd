"""A page of the documentation as what it tells a reader to write, type and ask."""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A path in backticks on a line of its own names the file that the next block is.
_NAMED = re.compile(r"^`([^`\n]+)`\n\n\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, the line it begins at, and the file it is, if it is one."""

    language: str
    text: str
    line: int
    file: str | None = None


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in _FENCE.finditer(text):
        before = text[: fence.start()]
        named = _NAMED.search(before)
        found.append(
            Block(fence[1], fence[2], before.count("\n") + 1, named[1] if named is not None else None)
        )
    return found


def commands(block: Block) -> list[tuple[str, str]]:
    """What a shell block types, each with what it says comes back."""
    typed: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            typed.append((line.removeprefix("$ "), ""))
        else:
            command, answer = typed.pop()
            typed.append((command, f"{answer}{line}\n"))
    return typed
