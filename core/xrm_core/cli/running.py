"""An application for the length of one command, with its errors told in words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import typer

from xrm_core.errors import DomainError

T = TypeVar("T")


@asynccontextmanager
async def application(*, migrated: bool = False, started: bool = True) -> AsyncIterator[Any]:
    """The installation that the settings name; `migrated` brings its tables up to date first.

    Not `started`, it has read nothing from its database yet: there may be no tables.
    """
    from xrm_core.app import Application  # the command line answers --help without loading the house
    from xrm_core.logs import configure  # the same
    from xrm_core.settings import settings  # the same
    from xrm_core.setup import migrate_all  # the same

    configure()
    app = Application(settings())
    app.host.load()
    try:
        if migrated:
            await migrate_all(app)
        if started:
            await app.start()
        yield app
    finally:
        await app.close()


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run it; a refusal is printed with its code and ends the command with status 1."""

    async def go() -> T:
        return await work()

    with refusals_in_words():
        return asyncio.run(go())


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """A refusal in here is printed with its code and ends the command with status 1."""
    try:
        yield
    except DomainError as refused:
        for problem in refused.problems:
            place = f" ({problem.field})" if problem.field else ""
            typer.secho(f"{problem.code}{place}: {problem.message}", fg="red", err=True)
        raise typer.Exit(1) from refused
