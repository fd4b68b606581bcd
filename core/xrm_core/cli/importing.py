"""Placeholder until the next commit."""

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
