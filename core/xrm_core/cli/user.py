"""`xrm user`: who may sign in, and with which roles."""

from typing import Annotated

import typer

from xrm_core.cli.running import application, run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Make users.")
    group.command("add")(add)
    app.add_typer(group, name="user")


def add(
    email: str,
    name: str,
    role: Annotated[
        list[str], typer.Option(help="admin, sales, legal, credit, governance or auditor; repeatable.")
    ],
    unit: Annotated[
        str, typer.Option(help="Code of the unit the roles are held in; * means everywhere.")
    ] = "*",
    password: Annotated[
        str | None, typer.Option(envvar="XRM_NEW_PASSWORD", help="Made up if not given.")
    ] = None,
) -> None:
    """Make a user with roles; prints the password if it was made up."""

    async def work() -> None:
        from xrm_core.errors import NotFound  # --help loads no house
        from xrm_core.graph.bootstrap import unit_of_code  # --help loads no house
        from xrm_core.identity.actor import Role  # --help loads no house
        from xrm_core.identity.users import NewUser  # --help loads no house
        from xrm_core.setup import ensure_user  # --help loads no house

        async with application(migrated=True) as app:
            async with app.reading() as session:
                home = await unit_of_code(session, None if unit == "*" else unit)
            if unit != "*" and home is None:
                raise NotFound("unit", unit, field="unit")
            roles = [Role(item, None if unit == "*" else home) for item in role]
            made = await ensure_user(app, NewUser(email, name, roles, home, password=password))
            typer.echo(
                "There is such a user already." if made is None else f"{email} may sign in with {made}"
            )

    run(work)
