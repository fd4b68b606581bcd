"""`xrm demo`: the product on real data, and made-up books with known answers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

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
    from xrm_core.cli.demo_work import (  # --help is answered without loading the house
        Plan,
        serve_demo,
        set_up,
    )

    plan = Plan(port, data_dir, is_served=serve, opens_browser=browser)
    made, where = run(lambda: set_up(plan))
    if where is not None:
        serve_demo(plan, made, where)


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
    from xrm_core.cli.demo_work import write_made_up_books  # --help is answered without loading the house

    day = as_of.date() if as_of else None
    run(lambda: write_made_up_books(folder, seed, size, day))
