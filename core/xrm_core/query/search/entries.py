"""What the index says of a row: its entries, worked out from the searched values."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xrm_core.query.search.declared import Searched
from xrm_core.query.search.words import MOST_CHARACTERS, compact_of, terms_of, words_of

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
# Shorter words have too many neighbours to guess from, longer ones are no words.
SHORTEST_GUESSED, LONGEST_GUESSED = 4, 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One searched value as it is stored; the two texts decide whether a stored one still holds."""

    number: int
    kind: str
    source_id: Any
    resource: str
    object_id: Any
    shown: str
    terms: str

    @property
    def row(self) -> dict[str, Any]:
        """By the names of the columns."""
        return {
            "number": self.number,
            "kind": self.kind,
            "source_id": self.source_id,
            "resource": self.resource,
            "object_id": self.object_id,
            "shown": self.shown,
            "terms": self.terms,
            "compact": compact_of(self.terms.split()),
        }


def number_of(tenant_id: int, kind: str, source_id: Any) -> int:
    """The number of an entry: 63 bits of a hash, the same whenever it is asked for."""
    digest = hashlib.blake2b(f"{tenant_id}\0{kind}\0{source_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def entries_of(tenant_id: int, searched: Iterable[Searched], row: Mapping[str, Any]) -> Iterable[Entry]:
    """The entries of a row, given by column name; a value without a word, or that finds nothing, has none."""
    for one in searched:
        value, found = row[one.field.name], row[one.object_column]
        if value is None or found is None:
            continue
        shown = str(value)[:MOST_CHARACTERS]
        words = [word.text for word in words_of(shown)]
        if words:
            number = number_of(tenant_id, one.kind, row["id"])
            yield Entry(number, one.kind, row["id"], one.target.name, found, shown, terms_of(words))


def guessed_words(terms: str) -> set[str]:
    """The words of an entry that a misspelt word may have meant: of letters only, neither short nor endless."""
    return {
        word
        for word in terms.split()
        if SHORTEST_GUESSED <= len(word) <= LONGEST_GUESSED and _LETTERS.issuperset(word)
    }
