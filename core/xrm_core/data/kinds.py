"""Whether a name in a ledger is an organisation's or a person's: organisation, unless it says otherwise."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from xrm_core.data.legal_forms import has_legal_form, with_form_codes
from xrm_core.data.names import plain_words

Kind = Literal["ORGANISATION", "PERSON"]


@dataclass(frozen=True, slots=True)
class KindGuess:
    """What a name seems to stand for; `is_uncertain` where only the name says so."""

    kind: Kind
    is_uncertain: bool


ORGANISATION = KindGuess("ORGANISATION", False)
PERSON = KindGuess("PERSON", True)

_TITLES = frozenset(
    {
        "baron", "baroness", "cllr", "councillor", "dame", "dr", "frau", "herr", "lady", "lord", "madame",
        "mademoiselle", "maitre", "miss", "mlle", "mme", "monsieur", "mr", "mrs", "ms", "mx", "prof",
        "professor", "rev", "revd", "reverend", "sir"
    }
)  # fmt: skip


_AFTER_A_NAME = frozenset(
    {
        "cbe", "dbe", "esq", "jp", "kbe", "kc", "mbe", "mep", "mp", "obe", "phd", "qc"
    }
)  # fmt: skip
_PARTICLES = frozenset(
    {
        "al", "ben", "bin", "da", "de", "del", "della", "den", "der", "des", "di", "dos", "du", "el", "ibn",
        "la", "le", "mac", "mc", "o", "st", "van", "von"
    }
)  # fmt: skip
_REMARK = re.compile(r"\s+-+\s+")
_NOT_IN_A_PERSON = re.compile(r"[0-9&/@()+:;!?\"*#]|\band\b", re.IGNORECASE)


def guess_kind(name: str) -> KindGuess:
    """Organisation, unless a person's name without a legal form says otherwise, and then uncertain.

    A person's name is a title and at most four words, "Surname, Given name", or two to four words that begin
    with a known given name and contain nothing that organisations are called. What follows " - " is a remark
    of the ledger and is not looked at, unless a legal form stands there. In doubt: organisation.
    """
    words = with_form_codes(plain_words(name))
    if has_legal_form(words):
        return ORGANISATION
    bare = _REMARK.split(name.strip(), maxsplit=1)[0]
    return PERSON if _is_a_person(bare) else ORGANISATION


def _is_a_person(name: str) -> bool:
    if _NOT_IN_A_PERSON.search(name):
        return False
    words = plain_words(name)
    if any(word in organisation_words() for word in words):
        return False
    while words and words[-1] in _AFTER_A_NAME:
        words.pop()
    if words and words[0] in _TITLES:
        return 2 <= len(words) <= 5 and words[1] != "of"
    surname, comma, given = name.partition(",")
    if comma and plain_words(surname) != words:
        return _is_surname_and_given(plain_words(surname), plain_words(given))
    return _is_given_and_surname(words)


def _is_surname_and_given(surname: list[str], given: list[str]) -> bool:
    if not 1 <= len(surname) <= 2 or not 1 <= len(given) <= 3:
        return False
    return given[0] in _TITLES or _is_given(given[0])


def _is_given_and_surname(words: list[str]) -> bool:
    """At least a known given name and a word that could be a surname; initials and particles in between."""
    if not 2 <= len(words) <= 4 or not _is_given(words[0]) or "of" in words or "the" in words:
        return False
    between = words[1:-1]
    if not all(len(word) == 1 or word in _PARTICLES or _is_given(word) for word in between):
        return False
    return len(words[-1]) > 2 and not words[-1].isdigit()


def _is_given(word: str) -> bool:
    return word in given_names() and word not in _not_given()


@cache
def given_names() -> frozenset[str]:
    """The given names of the bundled list, as `plain_words` leaves them; read once."""
    return _words("given-names/given-names.txt")


@cache
def organisation_words() -> frozenset[str]:
    """Words one of which anywhere makes a name an organisation's, whatever stands before it."""
    return _words("name-words/organisation.txt")


@cache
def _not_given() -> frozenset[str]:
    """On the list of given names, and yet more often the first word of an organisation's name."""
    return _words("name-words/not-given.txt")


def _words(path: str) -> frozenset[str]:
    text = files("xrm_core.data").joinpath("bundled", *path.split("/")).read_text(encoding="utf-8")
    return frozenset(text.split())
