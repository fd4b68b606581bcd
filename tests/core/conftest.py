"""What tests of the core share: two installations with the same random rows, made once a run."""

from collections.abc import Iterator

import pytest

from tests.core.query.asking import BOOK, fixed_today
from tests.core.query.rows import LONG_AGO, Rows, random_rows
from tests.core.query.stand import Stand
from tests.installations import Templates
from xrm_core.identity.actor import Actor


class Filled(Stand):
    """A stand with random rows, which stay as they are."""

    rows: Rows


@pytest.fixture(scope="session")
def filled(templates: Templates, postgres_url: str) -> Iterator[Filled]:
    """Both databases, the same random rows; nobody may write to them."""
    stand = Filled(templates, postgres_url)
    stand.rows = random_rows(1, stand.unit)
    stand.load(stand.rows)
    stand.take_in(stand.rows, LONG_AGO)
    yield stand
    stand.close()


@pytest.fixture(scope="session")
def scratch(templates: Templates, postgres_url: str) -> Iterator[Filled]:
    """Both databases, few rows; tests may change them, the same in both."""
    stand = Filled(templates, postgres_url)
    stand.rows = random_rows(2, stand.unit, size=10)
    stand.load(stand.rows)
    stand.take_in(stand.rows, LONG_AGO)
    yield stand
    stand.close()


@pytest.fixture(scope="module")
def obeying(filled: Filled) -> Iterator[Filled]:
    """The same under the policies of tests.core.query.asking, on a day that does not pass."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Actor, "today", fixed_today)
        filled.obey(BOOK)
        yield filled
        filled.obey(None)
