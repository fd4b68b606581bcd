"""A statement as a person reads it: a line for each clause, indented by subquery."""

import re

_PARTS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|/\*.*?\*/|[()]|\s+|[\w$@]+|.", re.DOTALL
)  # fmt: skip
_BEFORE = {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "LEFT", "WITH", "UNION"}
_INDENT = "  "


def readable(sql: str) -> str:
    """The same statement, laid out."""
    lines: list[str] = [""]
    # For each bracket that is open: whether a subquery stands in it.
    brackets: list[bool] = []
    parts = [part for part in _PARTS.findall(sql) if not part.isspace()]
    depth = 0

    def fresh() -> None:
        if lines[-1].strip():
            lines.append(_INDENT * depth)

    spaced = _spaced(sql)
    for position, part in enumerate(parts):
        following = parts[position + 1].upper() if position + 1 < len(parts) else ""
        word = part.upper()
        if part == "(":
            brackets.append(following in ("SELECT", "WITH"))
            lines[-1] += (" " if spaced[position] else "") + part
            if brackets[-1]:
                depth += 1
                lines.append(_INDENT * depth)
            continue
        if part == ")":
            if brackets and brackets.pop():
                depth -= 1
                fresh()
        elif _begins(word, lines[-1], is_clause=not brackets or brackets[-1]):
            fresh()
        lines[-1] += (" " if spaced[position] and lines[-1].strip() else "") + part
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _begins(word: str, line: str, *, is_clause: bool) -> bool:
    """Whether a line begins with the word; not so IS DISTINCT FROM, and AND inside brackets."""
    if word == "AND":
        return is_clause
    return word in _BEFORE and not (word == "FROM" and line.upper().endswith("DISTINCT"))


def _spaced(sql: str) -> list[bool]:
    """For each part, whether a space stood before it."""
    found, before = [], False
    for part in _PARTS.findall(sql):
        if part.isspace():
            before = True
        else:
            found.append(before)
            before = False
    return found
