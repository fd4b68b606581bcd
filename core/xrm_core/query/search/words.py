"""Text as search sees it: words of a-z and 0-9, whatever it is written in, and where they stand in the text.

Only ASCII goes into an index, so neither database's locale or tokenizer decides what is a word.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from xrm_core.text import text_key

# Of a longer text the rest is not searched.
MOST_CHARACTERS = 20_000
# PostgreSQL keeps no lexeme beyond 2 kB, and nobody types one: longer runs of letters are cut in pieces.
LONGEST_WORD = 64
LONGEST_COMPACT = 200
_WORD = re.compile(r"[a-z0-9]+")
_APART = " "


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and the part of the text that it is."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text in their order. Initials with dots between them (J.P., S.A.) are one word."""
    text = text[:MOST_CHARACTERS]
    if text.isascii():
        found = [Word(match[0], *match.span()) for match in _WORD.finditer(text.lower())]
    else:
        found = _folded(text)
    return _in_pieces(_with_initials(text, found))


def terms_of(words: list[str]) -> str:
    """The words as they are indexed: a blank before and after each."""
    return f" {' '.join(words)} "


def compact_of(words: list[str]) -> str:
    """The words without anything between them: 552 032 534 is 552032534, L'Oréal is loreal."""
    return "".join(words)[:LONGEST_COMPACT]


def _folded(text: str) -> list[Word]:
    found: list[Word] = []
    letters: list[str] = []
    start = end = 0
    for position, char in enumerate(text):
        plain = _plain(char)
        for part in plain:
            if part == _APART:
                if letters:
                    found.append(Word("".join(letters), start, end))
                    letters = []
                continue
            if not letters:
                start = position
            letters.append(part)
            end = position + 1
        if not plain and letters:
            # An accent of its own belongs to the letter before it.
            end = position + 1
    if letters:
        found.append(Word("".join(letters), start, end))
    return found


@lru_cache(maxsize=20_000)
def _plain(char: str) -> str:
    """What a character is written as: letters and digits of ASCII, a blank where a word ends, or nothing."""
    return "".join(_plain_one(part) for part in text_key(char)) if char.isprintable() else _unprintable(char)


def _unprintable(char: str) -> str:
    # What joins or hides (soft hyphen, zero-width joiner) parts no words; any other blank does.
    return "" if unicodedata.category(char) == "Cf" else _APART


def _plain_one(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() else _APART
    if char.isalnum():
        from anyascii import anyascii  # its tables are read only where a text is written in another alphabet

        return "".join(part for part in anyascii(char).lower() if part.isascii() and part.isalnum())
    category = unicodedata.category(char)
    if category == "So":
        # A sign that people use as a name: an emoji finds itself.
        return f" u{ord(char):x} "
    return "" if category in ("Mn", "Me", "Cf") else _APART


def _with_initials(text: str, words: list[Word]) -> list[Word]:
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if (
            before is not None
            and word.end - word.start == 1
            and word.text.isalpha()
            and before.text.isalpha()
            and text[before.end : word.start] == "."
            and _is_initials(text, before)
        ):
            joined[-1] = Word(before.text + word.text, before.start, word.end)
        else:
            joined.append(word)
    return joined


def _is_initials(text: str, word: Word) -> bool:
    return word.end - word.start == 2 * len(word.text) - 1 and text[word.start : word.end].count(".") == (
        len(word.text) - 1
    )


def _in_pieces(words: list[Word]) -> list[Word]:
    if all(len(word.text) <= LONGEST_WORD for word in words):
        return words
    return [
        Word(word.text[at : at + LONGEST_WORD], word.start, word.end)
        for word in words
        for at in range(0, len(word.text), LONGEST_WORD)
    ]
