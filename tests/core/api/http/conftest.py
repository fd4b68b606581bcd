"""A server for each test. What is tested here is above the database, so one kind of it is enough."""

import pytest

from tests.core.api.http.sending import Server
from xrm_core.plugins.testing import Installation


@pytest.fixture
def database_kind() -> str:
    """The embedded one."""
    return "sqlite"


@pytest.fixture
def server(xrm: Installation) -> Server:
    """The server of a fresh installation."""
    return Server(xrm)
