"""The same for hours: other worlds, many more questions (`just soak`; XRM_SOAK_QUESTIONS and XRM_SOAK_SEED set them)."""

import os
import random
from collections.abc import Iterator
from functools import partial

import pytest

from tests.core.conftest import Filled
from tests.core.query.answers import Answerer
from tests.core.query.asking import BOOK, askers, fixed_today
from tests.core.query.oracle import Oracle
from tests.core.query.questions import Grammar
from tests.core.query.rows import LONG_AGO, TODAY, random_rows
from tests.core.query.test_oracle import compare
from tests.core.query.writing import Document
from tests.installations import Templates
from xrm_core.identity.actor import Actor

QUESTIONS = int(os.environ.get("XRM_SOAK_QUESTIONS", "2000"))
SEED = int(os.environ.get("XRM_SOAK_SEED", str(random.randrange(10**9))))

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module", params=range(3))
def world(request: pytest.FixtureRequest, templates: Templates, postgres_url: str) -> Iterator[Filled]:
    """Both databases with rows of a seed of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Actor, "today", fixed_today)
        stand = Filled(templates, postgres_url)
        stand.rows = random_rows(SEED + request.param, stand.unit)
        stand.load(stand.rows)
        stand.take_in(stand.rows, LONG_AGO)
        stand.obey(BOOK)
        yield stand
        stand.close()


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_every_question_of_many_has_the_oracles_answer(world: Filled, who: str) -> None:
    actor, hidden = askers(world)[who]
    answerer = Answerer(Oracle(world.rows, actor, BOOK, today=TODAY))
    for seed in range(SEED, SEED + QUESTIONS):
        grammar = Grammar(random.Random(seed).randint, world.rows, hidden)
        picks = grammar.operation()
        compare(world, actor, answerer, picks, Document(picks, partial(grammar.chance, 40)))
