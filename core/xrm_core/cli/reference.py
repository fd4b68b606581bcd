"""`xrm docs`: writes the reference from the code."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("docs")(docs)


def docs(
    folder: Annotated[Path, typer.Option(help="Where the pages are.")] = Path("docs/reference"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a page is not as the code.")
    ] = False,
) -> None:
    """Write the reference of settings, errors, hooks, commands, permissions and the schema from the code."""
    from xrm_core.logs import configure  # the command line answers --help without loading the house
    from xrm_core.plugins.host import PluginHost  # the same
    from xrm_core.reference import differing, write_reference  # the same

    configure()
    host = PluginHost()
    host.load()
    if host.quarantined:
        for plugin, reason in sorted(host.quarantined.items()):
            typer.secho(f"{plugin}: {reason}", fg="red", err=True)
        raise typer.Exit(1)
    host.show(host.installed, [])
    if check:
        wrong = differing(host, folder)
        for name in wrong:
            typer.secho(f"{folder / name} is not as the code: run `xrm docs`.", fg="red", err=True)
        raise typer.Exit(1 if wrong else 0)
    for path in write_reference(host, folder):
        typer.echo(f"Written: {path}")
