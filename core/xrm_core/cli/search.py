"""`xrm search`: the index of searched text."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(no_args_is_help=True, help="Keep the index of searched text.")
    group.callback()(_group)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="search")


def _group() -> None:
    """Keep the index of searched text."""


def rebuild() -> None:
    """Compare the index with every row and put right what differs; rows that others wrote are found from then on.

    The index follows every change by itself: this is for rows written past the product.
    """
    from xrm_core.cli.running import application, run  # --help loads no house
    from xrm_core.query.search.keeping import rebuild_all  # --help loads no house

    async def work() -> None:
        async with application(migrated=True) as app:
            result = await rebuild_all(app.database, {*app.host.known, *app.host.enabled})
        typer.echo(
            f"{result.entries:,} texts are searched; "
            f"{result.added:,} added, {result.changed:,} changed, {result.removed:,} removed."
        )

    run(work)
