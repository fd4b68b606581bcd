"""`xrm schema`, `xrm explain`, `xrm doctor`: what the house derived, how a question is answered, what is wrong."""

from pathlib import Path
from typing import Annotated

import typer

from xrm_core.cli.running import application, run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("schema")(schema)
    app.command("explain")(explain)
    app.command("doctor")(doctor)


def schema(
    plugin: Annotated[
        list[str] | None, typer.Option(help="These plugins instead of the enabled ones.")
    ] = None,
) -> None:
    """Print the schema in SDL; without a database, that of all installed plugins."""
    from graphql import print_schema  # the command line answers --help without loading the house

    from xrm_core.api.schema import build_schema  # --help loads no house
    from xrm_core.logs import configure  # the same
    from xrm_core.plugins.host import PluginHost  # --help loads no house

    configure()
    host = PluginHost()
    host.load()
    host.show(plugin if plugin is not None else host.installed, [])
    typer.echo(print_schema(build_schema(host.enabled, host.shapes())))


def explain(
    document: Annotated[Path, typer.Argument(help="A file with a GraphQL query; - for standard input.")],
    role: Annotated[str, typer.Option(help="Compile it for this role.")] = "admin",
) -> None:
    """Print the SQL statement that a query becomes, with access rules inside."""

    async def work() -> None:
        from xrm_core.api.prepared import Refused, prepare  # --help loads no house
        from xrm_core.errors import Invalid  # --help loads no house
        from xrm_core.identity.actor import Actor, Role  # --help loads no house
        from xrm_core.query.plan import compile_plan  # --help loads no house

        text = typer.get_text_stream("stdin").read() if str(document) == "-" else document.read_text("utf-8")
        async with application(migrated=True) as app:
            try:
                prepared = prepare(app.snapshot.schema, text, None, app.settings)
            except Refused as wrong:
                raise Invalid("; ".join(error.message for error in wrong.errors)) from wrong
            roots = [
                root for root in prepared.roots(prepared.walker(prepared.coerce({})))
                if "sql" in root.definition.extensions
            ]  # fmt: skip
            if not roots:
                raise Invalid("Nothing of this is asked of the database.")
            view = app.snapshot.book.view(Actor(1, None, role, (Role(role),)))
            plan = compile_plan(
                roots, dialect=app.database.dialect, access=view, plugins=app.snapshot.plugins
            )
            typer.echo(plan.sql)
            for further in plan.further:
                typer.echo(f"-- then, for the rows found, {'.'.join(further.path)}:\n{further.plan.sql}")
            typer.echo(f"-- {len(plan.parameters)} parameters; hidden: {', '.join(plan.hidden) or 'nothing'}")

    run(work)


def doctor() -> None:
    """Check the installation: database, migrations, plugins, documents."""

    async def work() -> int:
        from xrm_core.doctor import examine  # --help loads no house

        async with application(migrated=True) as app:
            findings = await examine(app)
        for finding in findings:
            typer.secho(
                ("ok    " if finding.is_sound else "wrong ") + finding.text,
                fg=None if finding.is_sound else "red",
            )
        return sum(not finding.is_sound for finding in findings)

    if run(work):
        raise typer.Exit(1)
