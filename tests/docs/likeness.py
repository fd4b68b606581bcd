"""Whether what came back is what a page says: `…` stands for what differs, `<name>` for a value to remember."""

import re
from typing import Any

ANYTHING = "…"


def is_like(shown: str, found: str) -> bool:
    """Whether the output is the one shown; a line of `…` is any number of lines."""
    lines = [line.rstrip() for line in shown.splitlines()]
    pattern = "".join(
        r"(?:.*\n)*" if line == ANYTHING else re.escape(line).replace(ANYTHING, ".*") + r"\n"
        for line in lines
    )
    text = "".join(f"{line.rstrip()}\n" for line in found.splitlines())
    return re.fullmatch(pattern, text) is not None


def differences(shown: Any, found: Any, names: dict[str, str], at: str = "answer") -> list[str]:
    """Where an answer is not the one shown; values at `<name>` are put into `names`."""
    if shown == ANYTHING:
        return []
    if isinstance(shown, str) and re.fullmatch(r"<\w+>", shown):
        names[shown] = str(found)
        return [] if found else [f"{at}: nothing to remember as {shown}"]
    if isinstance(shown, dict) and isinstance(found, dict) and shown.keys() == found.keys():
        return [line for key in shown for line in differences(shown[key], found[key], names, f"{at}.{key}")]
    if isinstance(shown, list) and isinstance(found, list) and len(shown) == len(found):
        pairs = enumerate(zip(shown, found, strict=True))
        return [line for i, (one, other) in pairs for line in differences(one, other, names, f"{at}[{i}]")]
    return [] if shown == found else [f"{at}: {found!r} instead of {shown!r}"]
