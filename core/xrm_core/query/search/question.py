"""What is asked of search: the words of a text, which of them a hit must have, and what else they may have meant."""

import re
from dataclasses import dataclass, field

from xrm_core.data.legal_forms import forms_at_the_end
from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query.search.entries import LONGEST_GUESSED, SHORTEST_GUESSED
from xrm_core.query.search.words import compact_of, words_of

LONGEST_TEXT = 200
MOST_HITS = 100
# More words than these narrow nothing down any further.
MOST_REQUIRED = 12
# From here on a part inside a word is looked for: the number in a VAT number, "soft" would be too common.
_SHORTEST_PART, _SHORTEST_PART_OF_LETTERS = 4, 5
# Two Chinese signs are a name, which stands inside a longer one without a blank; indexes know three letters and more.
_SHORTEST_PART_OF_SIGNS = 3
_SIGN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# A number dialled in its country begins with 0, the same one dialled from anywhere does not.
_SHORTEST_DIALLED = 8
# Two mistakes are forgiven in words from this length on.
_TWO_MISTAKES = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A text as search reads it.

    A hit has every word of `required` (initials and a legal form at the end need not be found); `parts` may stand
    anywhere in a word. `meant` are the words that a required one may be a misspelling of, by their distance.
    """

    words: tuple[str, ...]
    required: tuple[str, ...]
    compact: str
    parts: tuple[str, ...]
    meant: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def guessed(self) -> list[str]:
        """The required words in which a mistake is forgiven."""
        return [word for word in self.required if mistakes_in(word)]


def question_of(text: str) -> Question:
    """The text, read. Raises: Invalid if there is none, LimitExceeded if it is too long."""
    if not text.strip():
        raise Invalid("Say what to search for.", field="text")
    if len(text) > LONGEST_TEXT:
        raise LimitExceeded(f"text has at most {LONGEST_TEXT} characters.", field="text")
    words = [word.text for word in words_of(text)]
    is_written_in_signs = len(_SIGN.findall(text)) > 1
    return Question(tuple(words), _required(words), compact_of(words), _parts(words, is_written_in_signs))


def mistakes_in(word: str) -> int:
    """How many mistakes are forgiven: letters left out, put in, replaced, or two neighbours exchanged."""
    if not (SHORTEST_GUESSED <= len(word) <= LONGEST_GUESSED and word.isalpha()):
        return 0
    return 2 if len(word) >= _TWO_MISTAKES else 1


def _required(words: list[str]) -> tuple[str, ...]:
    named = words[: len(words) - forms_at_the_end(words)]
    return tuple(dict.fromkeys(word for word in named if len(word) > 1))[:MOST_REQUIRED]


def _parts(words: list[str], is_written_in_signs: bool) -> tuple[str, ...]:
    whole = compact_of(words)
    shortest = _SHORTEST_PART_OF_LETTERS if whole.isalpha() else _SHORTEST_PART
    if is_written_in_signs:
        shortest = _SHORTEST_PART_OF_SIGNS
    if not shortest <= len(whole):
        return ()
    if whole.isdigit() and whole.startswith("0") and len(whole) >= _SHORTEST_DIALLED:
        return (whole, whole.lstrip("0")) if len(whole.lstrip("0")) >= _SHORTEST_PART else (whole,)
    return (whole,)
