"""`xrm import`: files into the database. A rerun adds what is missing and changes nothing else."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from xrm_core.cli.running import application, run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Read files into the database.")
    group.command("gla")(gla)
    group.command("gleif")(gleif)
    group.command("books")(books)
    app.add_typer(group, name="import")


def gla(
    file: Annotated[
        Path | None, typer.Option(help="A spend file with the GLA's columns; the bundled one if not given.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day for which stages are set; the file's last if not given."
        ),
    ] = None,
    unit: Annotated[str, typer.Option(help="Code of our unit that paid.")] = "GLA",
    rejects: Annotated[
        Path | None, typer.Option(help="CSV file for rows not taken; in the data folder if not given.")
    ] = None,
) -> None:
    """Payments of the Greater London Authority: suppliers, relationships with their stage, every payment."""

    async def work() -> None:
        from xrm_core.cli.progress import shown_progress  # --help loads no house
        from xrm_core.data.gla import bundled_file
        from xrm_core.data.load.gla_load import GlaRequest, load_gla
        from xrm_core.data.load.units import gla_unit

        async with application(migrated=True) as app:
            path = rejects or app.settings.data_dir / "rejects" / "gla.csv"
            day = as_of.date() if as_of else None
            with shown_progress() as progress:
                where = await gla_unit(app, unit)
                request = GlaRequest(file or bundled_file(), where, path, day)
                outcome = await load_gla(app, request, progress)
            _tell(asdict(outcome))
            if outcome.rejected:
                typer.echo(f"Rows not taken, with the reason: {path}")

    run(work)


def gleif(
    folder: Annotated[
        Path | None, typer.Option(help="Folder of answers of the GLEIF API; the bundled one if not given.")
    ] = None,
) -> None:
    """Legal entities by their LEI, and who consolidates whom."""

    async def work() -> None:
        from xrm_core.cli.progress import shown_progress  # --help loads no house
        from xrm_core.data.gleif import bundled_folder
        from xrm_core.data.load.gleif_load import load_gleif
        from xrm_core.data.load.units import ensure_types

        async with application(migrated=True) as app:
            with shown_progress() as progress:
                await ensure_types(app)
                outcome = await load_gleif(app, folder or bundled_folder(), progress)
            _tell(asdict(outcome))

    run(work)


def books(
    folder: Annotated[Path, typer.Argument(help="Folder that `xrm demo generate` wrote.")],
    unit: Annotated[str, typer.Option(help="Code of our unit they are the books of.")] = "FR01",
) -> None:
    """Made-up books, marked as generated: customers, orders, invoices, payments, and the plugins' part of them."""

    async def work() -> int:
        from xrm_core.cli.progress import shown_progress  # --help loads no house
        from xrm_core.data.generate import read_books
        from xrm_core.data.load.books_load import load_books
        from xrm_core.data.load.units import books_unit

        found = read_books(folder)
        async with application(migrated=True) as app:
            with shown_progress() as progress:
                where = await books_unit(app, unit)
                outcome = await load_books(app, found, where, progress)
            _tell(outcome.written or {"written": 0})
            failed = {plugin: wrong for plugin, wrong in outcome.plugins.items() if wrong}
            for plugin, wrong in failed.items():
                typer.secho(f"{plugin} did not load its part: {wrong}", fg="red", err=True)
            return len(failed)

    if run(work):
        raise typer.Exit(1)


def _tell(counts: dict[str, Any]) -> None:
    for name, value in counts.items():
        text = f"{value:,}" if isinstance(value, int) else str(value)
        if value is not None:
            typer.echo(f"{name.replace('_', ' '):<20} {text:>12}")


__all__: list[Any] = ["books", "gla", "gleif", "register"]
