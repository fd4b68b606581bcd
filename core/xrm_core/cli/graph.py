"""`xrm graph`: what is derived from relationships and kept beside them."""

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="What is derived from relationships and kept.")
    group.callback()(_nothing)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="graph")


def _nothing() -> None:
    """With a callback typer keeps a group of one command a group."""


def rebuild() -> None:
    """Derive anew who controls whom. Nothing changes, unless rows were written past the product."""
    from xrm_core.cli.running import application, run  # --help loads no house

    async def work() -> None:
        from xrm_core.db.bookkeeping import bookkeeping  # --help loads no house
        from xrm_core.graph.control.upkeep import rebuild_everywhere  # the same

        async with application(migrated=True) as app, bookkeeping(app.database) as session:
            gone, come = await rebuild_everywhere(session)
        typer.echo(f"Who controls whom: {gone} rows taken out, {come} put in.")

    run(work)
