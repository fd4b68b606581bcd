"""`xrm serve`."""

from typing import Annotated

import typer

from xrm_core.cli.running import refusals_in_words


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    log_level: Annotated[str, typer.Option(help="critical, error, warning, info, debug")] = "warning",
) -> None:
    """Serve GraphQL until stopped; the tables are brought up to date first."""
    from xrm_core.serve import serve_forever  # the web server is loaded only where it runs
    from xrm_core.settings import settings  # --help loads no house

    chosen = settings()
    with refusals_in_words():
        serve_forever(chosen, host=host or chosen.host, port=port or chosen.port, log_level=log_level)
