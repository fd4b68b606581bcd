"""The demonstration: an installation with real suppliers and companies, made-up customers, and users to look with."""

import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from xrm_core.app import Application
from xrm_core.data.generate import generate
from xrm_core.data.gla import bundled_file
from xrm_core.data.gleif import bundled_folder
from xrm_core.data.load.books_load import load_books
from xrm_core.data.load.counts import Counts, count_sources, has_users
from xrm_core.data.load.gla_load import GlaRequest, import_id, load_gla
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.data.load.progress import QUIET, Progress
from xrm_core.data.load.trace import is_imported, sha256_of
from xrm_core.data.load.units import BOOKS_NAME, books_unit, gla_unit
from xrm_core.errors import Conflict
from xrm_core.identity.actor import Role
from xrm_core.identity.users import NewUser
from xrm_core.ids import Id
from xrm_core.settings import Settings
from xrm_core.setup import ensure_user, migrate_all

PLUGINS = ("legal", "credit", "sales", "governance")
SEED, SIZE = 1, 40
LOGIN_FILE = "demo-login.txt"
_PORTS_TRIED = 20
_LOG = structlog.get_logger("xrm.demo")


class NotADemo(Conflict):
    """The installation has users of its own: made-up data does not belong there."""

    code = "core.demo_not_here"


class PortTaken(Conflict):
    """Something else listens on the port."""

    code = "core.port_taken"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Who may look: an address, the roles, the unit at home, and in words what that allows."""

    email: str
    name: str
    roles: tuple[Role, ...]
    home: Id[Any]
    what: str


@dataclass(slots=True)
class Demo:
    """What was set up: what in it is real, what is generated, who may sign in, and what did not work."""

    password: str
    users: list[DemoUser]
    real: list[str] = field(default_factory=list)
    generated: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


async def prepare_demo(settings: Settings, progress: Progress = QUIET) -> Demo:
    """The installation that the settings name is a demonstration; what is there already is not done again.

    A plugin that cannot be enabled is told in `failures`; the rest goes on.
    Raises: NotADemo; Unavailable if the database cannot be reached.
    """
    app = Application(settings)
    app.host.load()
    try:
        progress.phase("Preparing the database")
        await migrate_all(app)
        await app.start()
        return await _prepare(app, progress)
    finally:
        await app.close()


async def _prepare(app: Application, progress: Progress) -> Demo:
    password = await _password(app)
    authority, company = await gla_unit(app), await books_unit(app)
    demo = Demo(password, demo_users(authority, company))
    await _enable_plugins(app, demo, progress)
    await _load_real(app, authority, progress)
    books = await load_books(app, generate(SEED, SIZE), company, progress)
    demo.failures |= {plugin: wrong for plugin, wrong in books.plugins.items() if wrong}
    progress.phase("Making users", len(demo.users))
    for user in demo.users:
        await ensure_user(app, NewUser(user.email, user.name, user.roles, user.home, password=password))
        progress.advance()
    _describe(demo, await count_sources(app))
    return demo


async def _enable_plugins(app: Application, demo: Demo, progress: Progress) -> None:
    for plugin in PLUGINS:
        if plugin in app.host.quarantined:
            demo.failures[plugin] = f"could not be loaded: {app.host.quarantined[plugin]}"
        elif plugin in app.host.installed:
            progress.phase(f"Enabling {plugin}")
            try:
                await app.enable_plugin(plugin)
            except Exception as wrong:
                # One plugin less is still a demonstration.
                _LOG.error("plugin not enabled", plugin=plugin, exc_info=wrong)
                demo.failures[plugin] = f"could not be enabled: {wrong}"


async def _load_real(app: Application, authority: Id[Any], progress: Progress) -> None:
    path = bundled_file()
    async with app.work() as ctx:
        is_there = await is_imported(ctx, import_id(ctx.tenant_id, authority, sha256_of(path)))
    if not is_there:
        rejects = app.settings.data_dir / "rejects" / "gla.csv"
        await load_gla(app, GlaRequest(path, authority, rejects), progress)
    await load_gleif(app, bundled_folder(), progress)


def demo_users(authority: Id[Any], company: Id[Any]) -> list[DemoUser]:
    """One for each role: those of a profession work in both units, each at home where most of its work is."""

    def professional(role: str, home: Id[Any], what: str) -> DemoUser:
        roles = (Role(role, authority), Role(role, company))
        return DemoUser(f"{role}@xrm.example", f"Demo user, {role}", roles, home, what)

    def everywhere(role: str, what: str) -> DemoUser:
        return DemoUser(f"{role}@xrm.example", f"Demo user, {role}", (Role(role),), authority, what)

    return [
        everywhere("admin", "may do everything"),
        professional("sales", company, "sells, at home at the made-up company"),
        professional("legal", authority, "keeps contracts, at home at the real authority"),
        professional("credit", company, "collects, at home at the made-up company"),
        professional("governance", authority, "watches the portfolio, at home at the real authority"),
        everywhere("auditor", "reads everything"),
    ]


async def _password(app: Application) -> str:
    """The password of the demo's users: made up once for an installation, kept beside its database."""
    path = app.settings.data_dir / LOGIN_FILE
    if path.exists():
        return path.read_text("utf-8").split()[-1]
    if await has_users(app):
        raise NotADemo(
            f"{app.database.url.render_as_string()} has users of its own; name another folder with --data-dir."
        )
    password = secrets.token_urlsafe(9)
    _write_private(path, f"The users of the demo sign in with {password}\n")
    return password


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, "utf-8")


def _describe(demo: Demo, counts: Counts) -> None:
    demo.real = [
        f"{counts.dealings['gla']:,} payments of the Greater London Authority to {counts.parties['gla']:,} "
        "suppliers, 2008 to 2013 (PDDL 1.0); stages as of the last payment",
        f"{counts.parties['gleif'] - counts.stubs:,} companies and {counts.controls:,} control links from GLEIF "
        f"(CC0), {counts.stubs:,} more known by their LEI alone",
    ]
    demo.generated = [
        f"{BOOKS_NAME} (unit FR01), its {counts.customers:,} customers and their {counts.dealings['generated']:,} "
        f"orders, invoices and payments (seed {SEED}), marked source = generated",
        "what the plugins add for these customers, and the users below",
    ]


def free_port(wanted: int | None, *, first: int = 8000) -> int:
    """The wanted port if it is free, else the first free one from `first`. Raises: PortTaken."""
    for port in (wanted,) if wanted is not None else range(first, first + _PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise PortTaken(
        f"Something else listens on port {wanted or first} of 127.0.0.1; choose another with --port."
    )
