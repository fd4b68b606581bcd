"""A question as each full-text index is asked it. Words are of a-z and 0-9, so none can be an operator."""

from collections.abc import Callable
from itertools import combinations

from xrm_core.query.search.question import Question

# Of so many required words one may be missing.
_FORGIVING = 3
_SHORTEST_BEGINNING = 3


def strict_lexemes(question: Question) -> str | None:
    """For PostgreSQL: every required word, as a word or its beginning; None if nothing is required."""
    return _every(question, _lexeme, " & ")


def loose_lexemes(question: Question) -> str | None:
    """The same, or words that were meant, or one word missing of several."""
    return _either(question, _lexeme, lambda word: f"'{word}'", " & ", " | ")


def strict_phrases(question: Question) -> str:
    """For SQLite: every required word, as a word or its beginning; matches nothing if nothing is required."""
    return _every(question, _phrase, " AND ") or '""'


def loose_phrases(question: Question) -> str:
    """The same, or words that were meant, or one word missing of several, or a part inside a word."""
    loose = _either(question, _phrase, lambda word: f'" {word} "', " AND ", " OR ")
    parts = [f'"{part}"' for part in question.parts]
    return " OR ".join([*([f"({loose})"] if loose else []), *parts]) or '""'


def pattern(question: Question, position: int) -> str | None:
    """For PostgreSQL: a part inside a word, as LIKE wants it; None if there is no such part."""
    return f"%{question.parts[position]}%" if position < len(question.parts) else None


def is_beginning(word: str) -> bool:
    """Whether a word of the question may be the beginning of one; two letters are a word of two letters."""
    return len(word) >= _SHORTEST_BEGINNING


def _lexeme(word: str) -> str:
    return f"'{word}':*" if is_beginning(word) else f"'{word}'"


def _phrase(word: str) -> str:
    return f'" {word}"' if is_beginning(word) else f'" {word} "'


def _every(question: Question, write: Callable[[str], str], and_: str) -> str | None:
    return and_.join(write(word) for word in question.required) or None


def _either(
    question: Question, write: Callable[[str], str], whole: Callable[[str], str], and_: str, or_: str
) -> str | None:
    if not question.required:
        return None
    meant = [
        f"({or_.join([write(word), *map(whole, question.meant.get(word, ()))])})"
        for word in question.required
    ]
    ways = [f"({and_.join(meant)})"]
    if len(question.required) >= _FORGIVING:
        for some in combinations(question.required, len(question.required) - 1):
            ways.append(f"({and_.join(map(write, some))})")
    return or_.join(ways)
