"""`xrm plugin`: which professions are switched on."""

from typing import Annotated

import typer

from xrm_core.cli.running import application, run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="List, enable and disable plugins.")
    group.command("list")(list_plugins)
    group.command("enable")(enable)
    group.command("disable")(disable)
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
