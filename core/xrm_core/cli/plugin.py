"""`xrm plugin`: which professions are switched on, and the first files of a new one."""

from pathlib import Path
from typing import Annotated

import typer

from xrm_core.cli.running import application, run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="List, enable, disable and begin plugins.")
    group.command("list")(list_plugins)
    group.command("enable")(enable)
    group.command("disable")(disable)
    group.command("new")(new)
    app.add_typer(group, name="plugin")


def list_plugins() -> None:
    """Every installed plugin and its state."""

    async def work() -> None:
        async with application(migrated=True) as app:
            for plugin_id in app.host.installed:
                found = app.host.describe(plugin_id, app.settings.language)
                typer.echo(f"{plugin_id:<12} {found['status']:<12} {found['version']:<8} {found['summary']}")

    run(work)


def enable(plugin: Annotated[str, typer.Argument(help="The plugin's id.")]) -> None:
    """Migrate what the plugin needs and show it; running servers follow by themselves."""

    async def work() -> None:
        async with application(migrated=True) as app:
            await app.enable_plugin(plugin)
            typer.echo(f"{plugin} is enabled.")

    run(work)


def disable(plugin: Annotated[str, typer.Argument(help="The plugin's id.")]) -> None:
    """Hide the plugin and stop its work; its data stays."""

    async def work() -> None:
        async with application(migrated=True) as app:
            await app.disable_plugin(plugin)
            typer.echo(f"{plugin} is disabled; its data is kept.")

    run(work)


def new(
    plugin: Annotated[str, typer.Argument(help="The new plugin's id, such as fleet.")],
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path("."),
) -> None:
    """Write the first files of a plugin of your own."""

    async def work() -> None:
        from xrm_core.plugins.new import (
            new_plugin,
        )  # the command line answers --help without loading the house

        for path in new_plugin(plugin, folder):
            typer.echo(path)

    run(work)
