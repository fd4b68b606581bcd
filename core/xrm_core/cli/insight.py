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
    user: Annotated[str, typer.Option("--as", help="Ask as this user: e-mail address or id.")] = "",
    role: Annotated[str, typer.Option(help="Ask as somebody with this role everywhere.")] = "admin",
    variables: Annotated[
        Path | None, typer.Option(help="A file with the variables, a JSON object.", exists=True)
    ] = None,
    operation: Annotated[str | None, typer.Option(help="Which operation of the document.")] = None,
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Run it too, reading only, and measure.")
    ] = False,
) -> None:
    """Print how a query is answered: SQL, who put which condition there, cost, the database's plan."""

    async def work() -> None:
        import orjson  # --help loads no house

        from xrm_core.api.explaining import Question, explained  # --help loads no house
        from xrm_core.errors import Invalid  # --help loads no house
        from xrm_core.identity.actor import Actor, Role  # --help loads no house
        from xrm_core.identity.users import actor_of  # --help loads no house

        try:
            is_piped = str(document) == "-"
            text = typer.get_text_stream("stdin").read() if is_piped else document.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise Invalid(f"{document} is no text file that can be read.", field="document") from wrong
        try:
            given = orjson.loads(variables.read_bytes()) if variables else {}
        except orjson.JSONDecodeError as wrong:
            raise Invalid(f"{variables} is not JSON.", field="variables") from wrong
        if not isinstance(given, dict):
            raise Invalid(f"{variables} is not a JSON object.", field="variables")
        async with application(migrated=True) as app:
            actor = await actor_of(app, user) if user else Actor(1, None, role, (Role(role),))
            for line in await explained(app, Question(text, actor, given, operation, analyze)):
                typer.echo(line)

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
