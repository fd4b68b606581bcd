"""`xrm init` and `xrm migrate`: the tables, and what every installation starts with."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(invoke_without_command=True, help="Bring tables up to date; write new migrations.")
    group.callback()(migrate)
    group.command("generate")(generate)
    app.add_typer(group, name="migrate")
    app.command("init")(init)


def migrate(context: typer.Context) -> None:
    """Bring the tables of core and of every enabled plugin up to date."""
    if context.invoked_subcommand is not None:
        return
    from xrm_core.cli.running import application, run  # --help loads no house

    async def work() -> None:
        async with application(migrated=True):
            typer.echo("The tables are up to date.")

    run(work)


def generate(
    plugin: Annotated[str, typer.Argument(help="core, or a plugin's id")],
    message: Annotated[str, typer.Option("--message", "-m", help="What changes, in a few words.")],
) -> None:
    """Write a migration for what the declarations have and the earlier scripts have not made.

    The database must be PostgreSQL and for nothing else: the scripts there are run on it first.
    """
    from xrm_core.cli.running import application, run  # the command line answers --help without this
    from xrm_core.setup import write_migration  # the same

    async def work() -> None:
        async with application(started=False) as app:
            path = await write_migration(app, plugin, message)
            typer.echo(f"Written: {path}" if path else "Nothing to write.")

    run(work)


def init(
    unit: Annotated[str, typer.Option(help="Short name of your company or part of it, in document numbers.")],
    name: Annotated[str, typer.Option(help="Its full name.")],
    admin: Annotated[str, typer.Option(help="E-mail of the first administrator.")],
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-2.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="XRM_NEW_PASSWORD", help="Made up if not given.")
    ] = None,
) -> None:
    """Set up an empty installation: tables, the first unit, the first administrator."""
    from xrm_core.cli.running import application, run  # the house is loaded only where it is needed
    from xrm_core.identity.actor import Role  # --help loads no house
    from xrm_core.identity.users import NewUser  # --help loads no house
    from xrm_core.setup import bootstrap, ensure_user  # --help loads no house

    async def work() -> None:
        async with application(migrated=True) as app:
            home = await bootstrap(app, unit_code=unit, unit_name=name, country=country)
            wanted = NewUser(admin, "Administrator", [Role("admin")], home, password=password)
            made = await ensure_user(app, wanted)
            typer.echo("Set up already." if made is None else f"{admin} may sign in with {made}")

    run(work)
