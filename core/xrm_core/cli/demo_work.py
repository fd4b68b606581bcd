"""What `xrm demo` does once the house is loaded: set the demonstration up, tell what it holds, serve it."""

import datetime as dt
import os
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path

import typer

from xrm_core.cli.progress import shown_progress
from xrm_core.data.demo import Demo, free_port, prepare_demo
from xrm_core.data.generate import DEFAULT_AS_OF, write_books
from xrm_core.data.generate import generate as make_books
from xrm_core.logs import configure
from xrm_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for: a port or any, a folder or that of the settings, and whether to serve and show it."""

    port: int | None
    data_dir: Path | None
    is_served: bool
    opens_browser: bool

    def settings(self) -> Settings:
        """The settings of the demonstration."""
        return Settings(data_dir=self.data_dir) if self.data_dir else Settings()


async def set_up(plan: Plan) -> tuple[Demo, int | None]:
    """The demonstration and the port it will answer at, None if it is not to be served; both are told.

    Raises: PortTaken and NotADemo, before anything is written.
    """
    configure()
    settings = plan.settings()
    port = free_port(plan.port, first=settings.port) if plan.is_served else None
    with shown_progress() as progress:
        made = await prepare_demo(settings, progress)
    _tell(made)
    return made, port


def serve_demo(plan: Plan, made: Demo, port: int) -> None:
    """Serve on 127.0.0.1 until a signal stops the process."""
    from xrm_core.serve import serve_forever  # the web server is loaded only where it runs

    url = f"http://127.0.0.1:{port}/graphql"

    def started() -> None:
        typer.echo(f"\nXRM answers at {url}; Ctrl-C ends it. Sign in there with\n  {_login(made)}")
        if plan.opens_browser:
            _open_browser(url)

    serve_forever(plan.settings(), host="127.0.0.1", port=port, started=started)


async def write_made_up_books(folder: Path, seed: int, size: int, as_of: dt.date | None) -> None:
    """The books and their totals are in the folder. Raises: WrongSize."""
    for path in write_books(make_books(seed, size, as_of or DEFAULT_AS_OF), folder):
        typer.echo(path)


def _tell(made: Demo) -> None:
    typer.echo("\nReal:      " + "\n           ".join(made.real))
    typer.echo("Generated: " + "\n           ".join(made.generated))
    for plugin, wrong in made.failures.items():
        typer.secho(f"{plugin}: {wrong}", fg="red", err=True)
    typer.echo("\nSign in with the password " + typer.style(made.password, bold=True) + " as")
    for user in made.users:
        typer.echo(f"  {user.email:<24} {user.what}")


def _login(made: Demo) -> str:
    return (
        f'mutation {{ login(email: "{made.users[0].email}", password: "{made.password}") {{ expiresAt }} }}'
    )


def _open_browser(url: str) -> None:
    # Without a screen a browser in text mode would take the terminal over.
    has_screen = sys.platform == "darwin" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if sys.stdout.isatty() and has_screen:
        webbrowser.open(url)
