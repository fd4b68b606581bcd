"""However a question is written, the answer is the one that graphql-core gives with plain resolvers."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import Filled
from tests.core.query.answers import Answerer
from tests.core.query.asking import BOOK, MODERATE, askers
from tests.core.query.oracle import Oracle
from tests.core.query.questions import Grammar
from tests.core.query.resolvers import Resolvers
from tests.core.query.rows import TODAY
from tests.core.query.scrambled import Scrambled


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_every_way_to_write_a_question_has_the_specifications_answer(obeying: Filled, who: str) -> None:
    actor, hidden = askers(obeying)[who]
    schema = obeying.installations["sqlite"].app.snapshot.schema
    resolvers = Resolvers(schema, Answerer(Oracle(obeying.rows, actor, BOOK, today=TODAY)))

    @MODERATE
    @given(st.data())
    def check(data: st.DataObject) -> None:
        grammar = Grammar(lambda low, high: data.draw(st.integers(low, high)), obeying.rows, hidden)
        question = Scrambled(schema, grammar.operation(), grammar.chance)
        expected = resolvers.answer(question.text, question.variables)
        for kind in obeying.installations:
            found = obeying.answer(kind, actor, question.text, question.variables)
            assert written(found.get("data", "refused")) == written(expected.data), (
                kind,
                question.text,
                question.variables,
                expected.errors,
                found.get("errors"),
            )
            assert paths(found.get("errors")) == paths(expected.errors), (kind, question.text, found)

    check()


def written(data: Any) -> str:
    """As JSON, the keys in the order they came."""
    return orjson.dumps(data).decode()


def paths(errors: Any) -> set[tuple[Any, ...]]:
    """Where errors are; of several, which one is told where a value above them is lost is left open."""
    found = {tuple(error["path"] if isinstance(error, dict) else error.path) for error in errors or ()}
    return found if len(found) < 2 else {("several",)}
