"""What nobody waits for any more is stopped."""

import asyncio
import time

import pytest

from tests.core.db.test_reader import FOREVER
from xrm_core.api.leaving import unless_gone
from xrm_core.errors import Unavailable
from xrm_core.plugins.testing import Installation


async def test_a_client_that_goes_away_stops_its_statement(xrm: Installation, database_kind: str) -> None:
    began = time.monotonic()
    reading = [
        unless_gone(xrm.app.database.reader.fetch(FOREVER[database_kind], []), lambda: asyncio.sleep(0.05))
        for _ in range(3)
    ]

    ended = await asyncio.gather(*reading, return_exceptions=True)

    assert [type(one) for one in ended] == [Unavailable] * 3
    assert await asyncio.wait_for(xrm.app.database.reader.fetch("SELECT 'next'", []), timeout=10) == "next"
    assert time.monotonic() - began < 15


async def test_an_answer_that_came_is_the_answer() -> None:
    async def work() -> str:
        await asyncio.sleep(0.3)
        return "answer"

    assert await unless_gone(work(), lambda: asyncio.sleep(60)) == "answer"


async def test_whoever_cancels_from_outside_is_obeyed() -> None:
    task = asyncio.create_task(unless_gone(asyncio.sleep(60), lambda: asyncio.sleep(60)))
    await asyncio.sleep(0.3)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
