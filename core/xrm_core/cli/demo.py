"""`xrm demo`: the product on real data, and made-up books with known answers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from xrm_core.cli.running import run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(invoke_without_command=True, help="The product on real data; made-up books.")
    group.callback()(demo)
    group.command("generate")(generate)
    app.add_typer(group, name="demo")


def demo(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(help="Port to serve on; the next free one from 8000 if not given.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the database; XRM_DATA_DIR if not given.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve once the data is there.")] = True,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser where there is one.")
    ] = True,
) -> None:
    """Set up a demonstration (real suppliers, real companies, made-up customers) and serve it on 127.0.0.1."""
    if context.invoked_subcommand is not None:
        return
    from xrm_core.cli.progress import shown_progress  # --help loads no house
    from xrm_core.data.demo import Demo, free_port, prepare_demo
    from xrm_core.logs import configure
    from xrm_core.settings import Settings

    configure()
    chosen = Settings(data_dir=data_dir) if data_dir else Settings()

    async def work() -> tuple[Demo, int]:
        where = free_port(port) if serve else 0
        with shown_progress() as progress:
            return await prepare_demo(chosen, progress), where

    made, where = run(work)
    _tell(made)
    if serve:
        _serve(chosen, where, made, browser=browser)


def generate(
    folder: Annotated[Path, typer.Option(help="Folder to write into; it is made if need be.")] = Path(
        "xrm-books"
    ),
    seed: Annotated[int, typer.Option(help="The same seed gives the same books.")] = 1,
    size: Annotated[int, typer.Option(help="Number of customers.")] = 40,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day every date derives from; 2026-09-30 if not given."),
    ] = None,
) -> None:
    """Write made-up books of French customers as CSV files, and the right totals beside them as totals.json."""

    async def work() -> None:
        from xrm_core.data.generate import DEFAULT_AS_OF, write_books
        from xrm_core.data.generate import generate as make

        books = make(seed, size, as_of.date() if as_of else DEFAULT_AS_OF)
        for path in write_books(books, folder):
            typer.echo(path)

    run(work)


def _tell(made: Any) -> None:
    typer.echo("\nReal:      " + "\n           ".join(made.real))
    typer.echo("Generated: " + "\n           ".join(made.generated))
    for plugin, wrong in made.failures.items():
        typer.secho(f"{plugin}: {wrong}", fg="red", err=True)
    typer.echo("\nSign in with the password " + typer.style(made.password, bold=True) + " as")
    for user in made.users:
        typer.echo(f"  {user.email:<24} {user.what}")


def _serve(settings: Any, port: int, made: Any, *, browser: bool) -> None:
    from xrm_core.serve import serve_forever  # the web server is loaded only where it runs

    url = f"http://127.0.0.1:{port}/graphql"

    def started() -> None:
        typer.echo(f"\nXRM answers at {url}; Ctrl-C ends it. Sign in there with\n  " + _login(made))
        if browser:
            _open_browser(url)

    serve_forever(settings, host="127.0.0.1", port=port, started=started)


def _login(made: Any) -> str:
    return (
        f'mutation {{ login(email: "{made.users[0].email}", password: "{made.password}") {{ expiresAt }} }}'
    )


def _open_browser(url: str) -> None:
    import os
    import sys
    import webbrowser  # only where somebody sits in front of it

    # Without a screen a browser in text mode would take the terminal over.
    if sys.stdout.isatty() and (
        sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        webbrowser.open(url)


__all__: list[Any] = ["demo", "generate", "register"]
