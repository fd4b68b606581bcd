"""One renderer with one worker for all tests of documents: starting a worker takes a second."""

from collections.abc import Iterator

import pytest

from xrm_core.documents import Renderer


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    """Makes documents; closed when the tests end."""
    renderer = Renderer(workers=1)
    yield renderer
    renderer.close()
