"""What a misspelt word may have meant: the words there are that differ in a letter or two.

A mistake leaves one half of the word as it was, two leave one of three thirds: words that begin or end alike are
fetched by index, and measured here, so both databases guess the same.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

import orjson
import sqlalchemy as sa

from xrm_core.db.types import is_sqlite
from xrm_core.query.search.question import Question, mistakes_in
from xrm_core.query.search.tables import SearchWord

# Those of some words that the asker sees somewhere.
Seen = Callable[[list[str]], Awaitable[Collection[str]]]
# Of each word the nearest this many, and no more looked at than this.
MOST_MEANT, MOST_COMPARED = 20, 20_000
_AFTER = "{"  # follows z, as the end of a range
_TABLE = SearchWord.__tablename__

_SQLITE = f"""
SELECT json_group_array(word) FROM (
  SELECT w.word FROM json_each(?1) r CROSS JOIN {_TABLE} w ON w.tenant_id = ?2
     AND w.word >= r.value ->> 0 AND w.word < r.value ->> 1
     AND length(w.word) BETWEEN r.value ->> 4 AND r.value ->> 5
  UNION
  SELECT w.word FROM json_each(?1) r CROSS JOIN {_TABLE} w
     INDEXED BY ix_{_TABLE}_backwards ON w.tenant_id = ?2
     AND w.backwards >= r.value ->> 2 AND w.backwards < r.value ->> 3
     AND length(w.word) BETWEEN r.value ->> 4 AND r.value ->> 5
  LIMIT {MOST_COMPARED})
"""
_POSTGRES = f"""
WITH r AS (SELECT value ->> 0 AS a, value ->> 1 AS b, value ->> 2 AS c, value ->> 3 AS d,
                  (value ->> 4)::int AS low, (value ->> 5)::int AS high
             FROM json_array_elements($1::text::json) AS j(value))
SELECT coalesce(json_agg(word), '[]')::text FROM (
  SELECT w.word FROM r JOIN {_TABLE} w ON w.tenant_id = $2 AND w.word >= r.a COLLATE "C"
     AND w.word < r.b COLLATE "C" AND length(w.word) BETWEEN r.low AND r.high
  UNION
  SELECT w.word FROM r JOIN {_TABLE} w ON w.tenant_id = $2 AND w.backwards >= r.c COLLATE "C"
     AND w.backwards < r.d COLLATE "C" AND length(w.word) BETWEEN r.low AND r.high
  LIMIT {MOST_COMPARED}) AS found
"""


async def with_guesses(
    question: Question, reader: Any, dialect: sa.Dialect, tenant_id: int, seen: Seen
) -> Question:
    """The question with what its words may have meant; nothing is asked if no word is long enough to guess.

    Where more words are near than are taken, those that the asker does not see take no place.
    """
    ranges = [one for word in question.guessed for one in _ranges(word)]
    if not ranges:
        return question
    statement = _SQLITE if is_sqlite(dialect) else _POSTGRES
    found = orjson.loads(await reader.fetch(statement, [orjson.dumps(ranges).decode(), tenant_id]))
    near = {word: _near(word, found) for word in question.guessed}
    crowded = {other for one in near.values() if len(one) > MOST_MEANT for _, other in one}
    unseen = crowded - set(await seen(sorted(crowded))) if crowded else set()
    for word, several in near.items():
        kept = [(distance, other) for distance, other in several if other not in unseen]
        question.meant[word] = {other: distance for distance, other in kept[:MOST_MEANT]}
    return question


def _ranges(word: str) -> list[list[Any]]:
    """What a word that is meant begins with, or ends with, and how long it is."""
    mistakes = mistakes_in(word)
    size = len(word) // (mistakes + 1)
    lengths = [len(word) - mistakes, len(word) + mistakes]
    first, last = word[:size], word[::-1][:size]
    ranges = [[first, first + _AFTER, last, last + _AFTER, *lengths]]
    if len(word) == 2 * size:
        # Neighbours exchanged across the middle leave neither half as it was.
        turned = word[: size - 1] + word[size] + word[size - 1] + word[size + 1 :]
        ranges.append([turned, turned + _AFTER, turned[::-1], turned[::-1] + _AFTER, *lengths])
    return ranges


def _near(word: str, found: Iterable[str]) -> list[tuple[int, str]]:
    """The words that it may be a misspelling of, with their distances, the nearest first."""
    from rapidfuzz.distance import OSA  # loaded with the first search, not with the server

    most = mistakes_in(word)
    return sorted(
        (distance, other)
        for other in found
        if other != word and (distance := OSA.distance(word, other, score_cutoff=most)) <= most
    )
