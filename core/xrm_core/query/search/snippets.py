"""The part of a text that was found, as plain text: what matched stands between ⟦ and ⟧."""

import unicodedata
from collections.abc import Collection

from xrm_core.query.search.words import Word, words_of

OPEN, CLOSE, CUT = "⟦", "⟧", "…"
LONGEST_SNIPPET = 160
_BEFORE = 40
_PLAIN = str.maketrans({OPEN: "[", CLOSE: "]"})


def snippet(text: str, words: Collection[str]) -> str:
    """Some of the text around the first of these words, each of them marked; on one line, cut at words."""
    text = _one_line(text)
    found = [word for word in words_of(text) if word.text in words]
    start = _start(text, found[0]) if found else 0
    end = _end(text, start)
    shown = _marked(text, start, end, _merged([word for word in found if start <= word.start < end]))
    return f"{CUT if start else ''}{shown}{CUT if end < len(text) else ''}"


def _one_line(text: str) -> str:
    """Marks of its own would lie; line breaks and other controls are blanks."""
    plain = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text.translate(_PLAIN))
    return " ".join(plain.split())


def _start(text: str, first: Word) -> int:
    if first.start <= _BEFORE:
        return 0
    blank = text.find(" ", first.start - _BEFORE, first.start)
    return blank + 1 if blank >= 0 else _whole(text, first.start)


def _end(text: str, start: int) -> int:
    if len(text) - start <= LONGEST_SNIPPET:
        return len(text)
    blank = text.rfind(" ", start + LONGEST_SNIPPET // 2, start + LONGEST_SNIPPET + 1)
    return blank if blank >= 0 else _whole(text, start + LONGEST_SNIPPET)


def _whole(text: str, position: int) -> int:
    """The nearest place before that does not part a letter from its accents, nor the pieces of an emoji."""
    while position > 0 and (_goes_on(text[position]) or text[position - 1] == "\u200d"):
        position -= 1
    return position


def _goes_on(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf", "Sk")


def _merged(words: list[Word]) -> list[tuple[int, int]]:
    """The places of the words; pieces of one run of letters share theirs."""
    return sorted({(word.start, word.end) for word in words})


def _marked(text: str, start: int, end: int, places: list[tuple[int, int]]) -> str:
    parts, at = [], start
    for first, last in places:
        last = min(last, end)
        parts += [text[at:first], OPEN, text[first:last], CLOSE]
        at = last
    return "".join([*parts, text[at:end]])
