"""Random questions have one answer: the oracle's, SQLite's and PostgreSQL's, for whoever asks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import Filled
from tests.core.query.answers import Answerer
from tests.core.query.asking import BOOK, MODERATE, askers
from tests.core.query.oracle import Oracle, Pick, Refusal
from tests.core.query.questions import Grammar
from tests.core.query.rows import TODAY
from tests.core.query.writing import Document
from xrm_core.identity.actor import Actor


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_every_question_has_the_oracles_answer(obeying: Filled, who: str) -> None:
    actor, hidden = askers(obeying)[who]
    answerer = Answerer(Oracle(obeying.rows, actor, BOOK, today=TODAY))

    @MODERATE
    @given(st.data())
    def check(data: st.DataObject) -> None:
        grammar = Grammar(lambda low, high: data.draw(st.integers(low, high)), obeying.rows, hidden)
        picks = grammar.operation()
        document = Document(picks, lambda: grammar.chance(40))
        compare(obeying, actor, answerer, picks, document)

    check()


def compare(stand: Filled, actor: Actor, answerer: Answerer, picks: list[Pick], document: Document) -> None:
    """Both databases answer as the oracle does."""
    try:
        expected: Any = answerer.answer(picks)
    except Refusal:
        expected = "VALIDATION"
    for kind, answer in stand.answers(actor, document.text, document.variables):
        errors = answer.get("errors")
        found = errors[0]["extensions"]["code"] if errors else answer["data"]
        assert found == expected, (kind, document.text, document.variables, errors)
