"""How good a hit is: one formula for both databases, over the entries that either found.

The very text counts 1. A text that begins with the words asked for, or with their letters, counts 0.9 to 0.99, the
more the less follows. One that has every required word counts 0.6 to 0.89, anything else below 0.6: by how much of
the question it has (a whole word 1, the beginning of one 0.9, one mistake 0.75, two 0.6, a part inside a word 0.5,
each weighed by its length, words that need not be found a quarter) and how much of the text that is.
"""

from dataclasses import dataclass

from xrm_core.query.search.matching import is_beginning
from xrm_core.query.search.question import Question
from xrm_core.query.search.words import compact_of

_LIKENESS = {1: 0.75, 2: 0.6}
_WHOLE, _BEGINNING, _PART = 1.0, 0.9, 0.5
_OPTIONAL_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Match:
    """How well a text answers a question, and which of its words do."""

    score: float
    words: frozenset[str]


def match(question: Question, terms: str) -> Match:
    """The match of a text, given by its terms."""
    words = terms.split()
    compact = compact_of(words)
    found = {asked: _best(question, asked, words) for asked in question.words}
    marked = frozenset(word for _, word in found.values() if word) | _holding(question, words)
    if compact == question.compact:
        return Match(1.0, frozenset(words))
    asked = len(question.compact)
    if terms.startswith(f" {' '.join(question.words)} "):
        return Match(round(0.93 + 0.06 * asked / max(len("".join(words)), 1), 4), marked)
    if compact.startswith(question.compact):
        score = 0.9 + 0.02 * asked / len(compact)
        return Match(round(score, 4), marked | _leading(question, words))
    share = _share(question, found, words)
    score = 0.6 + 0.29 * share if _has_all(question, words) else 0.59 * max(share, _part(question, words))
    return Match(round(score, 4), marked)


def _best(question: Question, asked: str, words: list[str]) -> tuple[float, str]:
    """How much of a word of the question the text has, and as which of its words."""
    meant = question.meant.get(asked, {})
    best = (0.0, "")
    for word in words:
        if word == asked:
            return _WHOLE, word
        if word in meant:
            likeness = _LIKENESS[meant[word]]
        elif is_beginning(asked) and word.startswith(asked):
            likeness = _BEGINNING
        elif len(asked) > 2 and asked in word:
            likeness = _PART
        else:
            continue
        best = max(best, (likeness, word))
    return best


def _share(question: Question, found: dict[str, tuple[float, str]], words: list[str]) -> float:
    weights = {
        asked: len(asked) * (1.0 if asked in question.required else _OPTIONAL_WEIGHT)
        for asked in question.words
    }
    coverage = sum(weights[asked] * found[asked][0] for asked in weights) / sum(weights.values())
    used = {word for _, word in found.values() if word}
    fullness = sum(map(len, used)) / max(sum(map(len, words)), 1)
    return coverage * (0.8 + 0.2 * min(fullness, 1.0))


def _has_all(question: Question, words: list[str]) -> bool:
    return bool(question.required) and all(
        any(word == asked or (is_beginning(asked) and word.startswith(asked)) for word in words)
        for asked in question.required
    )


def _holding(question: Question, words: list[str]) -> frozenset[str]:
    """The words of the text that hold a part that was looked for."""
    return frozenset(word for word in words for part in question.parts if part in word)


def _part(question: Question, words: list[str]) -> float:
    return max(
        (
            _PART * (0.8 + 0.2 * len(part) / len(word))
            for part in question.parts
            for word in words
            if part in word
        ),
        default=0.0,
    )


def _leading(question: Question, words: list[str]) -> frozenset[str]:
    """The words at the beginning of the text that hold the letters of the question."""
    leading, length = set(), 0
    for word in words:
        if length >= len(question.compact):
            break
        leading.add(word)
        length += len(word)
    return frozenset(leading)
