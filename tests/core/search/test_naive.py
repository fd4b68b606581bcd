"""Search against a scan of all that the asker can read through lists: the same objects, on both databases."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.query.asking import BOOK, FEW, MODERATE, askers, fixed_today
from tests.core.query.rows import CODES, NAMES
from tests.core.search.asking import Searched
from tests.core.search.conftest import CONTACTS, IDENTIFIERS, PARTIES
from xrm_core.identity.actor import Actor
from xrm_core.query.search.question import MOST_HITS, question_of
from xrm_core.query.search.words import compact_of, words_of

# Every searched text that a list shows, and whom it finds: field of Query, what is read, path to the object.
LISTS = (
    ("parties", "id name gauge { remark }", ("Party", None), ("name", "gauge.remark")),
    ("identifiers", "party { id } value", ("Party", "party"), ("value",)),
    ("contactPoints", "party { id } value", ("Party", "party"), ("value",)),
    ("users", "id name", ("User", None), ("name",)),
    ("interactions", "id subject", ("Interaction", None), ("subject",)),
    ("tasks", "id subject", ("Task", None), ("subject",)),
    ("documents", "id title", ("Document", None), ("title",)),
    ("probeMachines", "id name secret", ("ProbeMachine", None), ("name", "secret")),
    ("probeMachines", "maker { id } code", ("Party", "maker"), ("code",)),
    ("relationships", "id probe { remark }", ("Relationship", None), ("probe.remark",)),
)
Text = tuple[str, str, str]


@pytest.fixture(scope="module")
def obeying(searched: Searched) -> Iterator[Searched]:
    """The stand under the policies of the read path's tests, on a day that does not pass."""
    books = {kind: one.app.snapshot.book for kind, one in searched.installations.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Actor, "today", fixed_today)
        searched.obey(BOOK)
        yield searched
        for kind, book in books.items():
            searched.installations[kind].app.snapshot.book = book


def readable(stand: Searched, actor: Actor) -> list[Text]:
    """Type, id and text of everything searched that lists show the actor."""
    found: list[Text] = []
    for field, shown, (type_, link), paths in LISTS:
        asked = f"{{ rows: {field}(first: 500) {{ nodes {{ {shown} }} pageInfo {{ hasNextPage }} }} }}"
        page = stand.same(actor, asked)["data"]["rows"]
        assert not page["pageInfo"]["hasNextPage"]
        for node in page["nodes"]:
            holder = node if link is None else node[link]
            found += [(type_, holder["id"], text) for text in _texts(node, paths)]
    return found


def _texts(node: Any, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        value = node
        for step in path.split("."):
            value = value and value[step]
        if value:
            yield value


def scanned(texts: list[Text], asked: str) -> set[tuple[str, str]]:
    """What a scan finds: texts that are, or begin with, what is asked, or have every word it asks for."""
    question = question_of(asked)
    found = set()
    for type_, object_id, text in texts:
        words = [word.text for word in words_of(text)]
        begins = compact_of(words).startswith(question.compact)
        has_all = question.required and all(
            any(word == wanted or (len(wanted) > 2 and word.startswith(wanted)) for word in words)
            for wanted in question.required
        )
        if words and question.words and (begins or (has_all and len(question.compact) > 1)):
            found.add((type_, object_id))
    return found


def texts_asked() -> Any:
    """Names that are stored, parts of them, words of several, letters turned; and anything else."""
    stored = [*NAMES, *PARTIES, *CODES, *(value for *_, value in (*IDENTIFIERS, *CONTACTS))]

    def cut(text: str, seed: int) -> str:
        chance = random.Random(seed)
        start = chance.randrange(0, max(1, len(text)))
        return text[start : start + chance.randrange(1, 12)]

    def words(first: str, second: str) -> str:
        return f"{second[:20]} {first[:20]}"

    pieces = st.builds(cut, st.sampled_from(stored), st.integers(0, 1_000))
    pairs = st.builds(words, st.sampled_from(stored), st.sampled_from(stored))
    anything = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
    return st.one_of(st.sampled_from(stored), pieces, pairs, anything).filter(lambda text: text.strip())


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_search_finds_what_a_scan_finds(obeying: Searched, who: str) -> None:
    actor = askers(obeying)[who][0]
    texts = readable(obeying, actor)
    seen = {(type_, object_id) for type_, object_id, _ in texts}

    @given(texts_asked())
    @(MODERATE if who == "narrow" else FEW)
    def ask(text: str) -> None:
        hits = obeying.hits(text, actor, first=MOST_HITS)

        found = {(hit["type"], hit["id"]) for hit in hits if hit["score"] >= 0.6}
        wanted = scanned(texts, text)
        assert found == wanted or (len(hits) == MOST_HITS and found <= wanted)
        assert {(hit["type"], hit["id"]) for hit in hits} <= seen

    ask()
