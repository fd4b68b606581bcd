"""The demonstration: set up once, quick to start again, never mixed with an installation in use."""

import socket
from pathlib import Path

import pytest

from tests.command_line import xrm_process
from tests.stored import contents, rows, value
from xrm_core.app import Application
from xrm_core.data.demo import LOGIN_FILE, NotADemo, PortTaken, free_port, prepare_demo
from xrm_core.identity.actor import Role
from xrm_core.identity.users import NewUser
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings
from xrm_core.setup import ensure_user


async def test_the_demo_holds_real_and_made_up_data_and_says_which_is_which(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="", secret="test")  # type: ignore[arg-type]

    demo = await prepare_demo(settings)

    sources = dict(rows(settings, "SELECT source, count(*) FROM core_dealing GROUP BY source"))
    assert sources["gla"] == 28_145 and sources["generated"] > 0
    assert "28,145 payments" in demo.real[0] and "94 companies" in demo.real[1]
    assert f"{sources['generated']:,}" in demo.generated[0]
    units = rows(settings, "SELECT u.code, p.source FROM core_unit u JOIN core_party p ON p.id = u.party_id")
    assert sorted(units) == [("FR01", "generated"), ("GLA", "unit")]

    app = Application(settings)
    await app.start()
    for user in demo.users:
        _, actor, _ = await app.sessions.open(user.email, demo.password)
        assert {role.name for role in actor.roles} == {user.email.split("@")[0]}
    sales = next(user for user in demo.users if user.email.startswith("sales@"))
    assert len(sales.roles) == 2 and all(role.unit for role in sales.roles)
    await app.close()

    before = contents(settings)
    again = await prepare_demo(settings)
    assert again.password == demo.password
    assert contents(settings) == before
    assert value(settings, "SELECT count(*) FROM core_user") == 6
    assert (tmp_path / LOGIN_FILE).stat().st_mode & 0o777 == 0o600


async def test_the_demo_stays_out_of_an_installation_in_use(xrm: Installation) -> None:
    await ensure_user(xrm.app, NewUser("someone@xrm.example", "Someone", [Role("admin")], xrm.unit))

    with pytest.raises(NotADemo):
        await prepare_demo(xrm.app.settings)

    assert value(xrm.app.settings, "SELECT count(*) FROM core_dealing") == 0


def test_a_port_that_is_taken_is_told_and_otherwise_passed_over() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        with pytest.raises(PortTaken):
            free_port(taken)
        assert free_port(None, first=taken) > taken


def test_generate_writes_the_books_and_their_totals(tmp_path: Path) -> None:
    arguments = (
        "demo",
        "generate",
        "--seed",
        "5",
        "--size",
        "3",
        "--as-of",
        "2026-06-30",
        "--folder",
        "books",
    )

    done = xrm_process(*arguments, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    written = {path.name for path in (tmp_path / "books").iterdir()}
    assert {"customers.csv", "invoices.csv", "totals.json"} <= written
    assert '"as_of": "2026-06-30"' in (tmp_path / "books" / "totals.json").read_text("utf-8")
