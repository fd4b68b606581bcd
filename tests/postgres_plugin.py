"""The fixture `postgres_url`: one throw-away PostgreSQL server for a whole run, with or without xdist."""

from typing import Any

import pytest

from tests.postgres import PostgresServer, start_server

SERVER = pytest.StashKey[PostgresServer]()


def _server(config: pytest.Config) -> PostgresServer:
    if SERVER not in config.stash:
        config.stash[SERVER] = start_server()
    return config.stash[SERVER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With xdist the controller starts the server and tells its workers where it is."""
    node.workerinput["postgres_url"] = _server(node.config).url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever started the server stops it."""
    if SERVER in config.stash:
        config.stash[SERVER].stop()


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The maintenance URL of the run's PostgreSQL server; see tests.postgres.fresh_database."""
    workerinput: dict[str, str] | None = getattr(request.config, "workerinput", None)
    return workerinput["postgres_url"] if workerinput else _server(request.config).url
