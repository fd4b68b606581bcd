"""`xrm import`: files into the database. A rerun adds what is missing and changes nothing else."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from xrm_core.cli.running import run


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
    from xrm_core.cli.import_work import import_gla  # --help is answered without loading the house

    day = as_of.date() if as_of else None
    run(lambda: import_gla(file, unit, as_of=day, rejects=rejects))


def gleif(
    folder: Annotated[
        Path | None, typer.Option(help="Folder of answers of the GLEIF API; the bundled one if not given.")
    ] = None,
) -> None:
    """Legal entities by their LEI, and who consolidates whom."""
    from xrm_core.cli.import_work import import_gleif  # --help is answered without loading the house

    run(lambda: import_gleif(folder))


def books(
    folder: Annotated[Path, typer.Argument(help="Folder that `xrm demo generate` wrote.")],
    unit: Annotated[str, typer.Option(help="Code of our unit they are the books of.")] = "FR01",
) -> None:
    """Made-up books, marked as generated: customers, what they ordered and paid, and the plugins' part of them."""
    from xrm_core.cli.import_work import import_books  # --help is answered without loading the house

    if run(lambda: import_books(folder, unit)):
        raise typer.Exit(1)
