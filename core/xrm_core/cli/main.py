"""`xrm`: demo, serve, migrate, import, plugin, user, search, graph, documents, schema, explain, doctor, docs."""

import importlib

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

# Each module adds its commands; what they need is imported when they run.
for _name in (
    "serving",
    "tables",
    "plugin",
    "user",
    "search",
    "insight",
    "importing",
    "graph",
    "documents",
    "demo",
    "reference",
):
    importlib.import_module(f"xrm_core.cli.{_name}").register(app)


def main() -> None:
    """Run the command line."""
    app()
