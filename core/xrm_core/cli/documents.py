"""`xrm documents`: the documents that a server in trusted mode runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from xrm_core.cli.running import application, run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Register the documents that clients may run.")
    group.command("trust")(trust)
    group.command("list")(list_)
    app.add_typer(group, name="documents")


def trust(
    file: Annotated[
        list[Path],
        typer.Argument(help="A GraphQL document, or a manifest of them as Relay or Apollo writes it."),
    ],
    into: Annotated[
        Path | None, typer.Option(help="The file of trusted documents; XRM_TRUSTED_DOCUMENTS if not given.")
    ] = None,
) -> None:
    """Add documents to those that may be run; each must be valid in the schema of the enabled plugins."""

    async def work() -> None:
        from xrm_core.api.trusted import register as write  # --help loads no house

        async with application(migrated=True) as app:
            path = _path(into, app.settings.trusted_documents)
            found = {name: text for one in file for name, text in _documents(one)}
            _check(app, found)
            count = write(path, found)
        for name in found:
            typer.echo(name)
        typer.echo(f"{count} documents may be run: {path}", err=True)

    run(work)


def list_(
    into: Annotated[
        Path | None, typer.Option(help="The file of trusted documents; XRM_TRUSTED_DOCUMENTS if not given.")
    ] = None,
) -> None:
    """Print the names of the documents that may be run."""

    async def work() -> None:
        from xrm_core.api.trusted import read_registered  # --help loads no house
        from xrm_core.settings import settings  # --help loads no house

        path = _path(into, settings().trusted_documents)
        for name in sorted(read_registered(path)) if path.exists() else ():
            typer.echo(name)

    run(work)


def _path(into: Path | None, setting: str) -> Path:
    from xrm_core.errors import Invalid  # --help loads no house

    if into is None and not setting:
        message = "Say where: set XRM_TRUSTED_DOCUMENTS or give --into."
        raise Invalid(message, field="into")
    return into or Path(setting)


def _documents(file: Path) -> Iterator[tuple[str, str]]:
    from xrm_core.api.trusted import hash_of, read_registered  # --help loads no house
    from xrm_core.errors import Invalid  # --help loads no house

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Invalid(f"{file} cannot be read: {wrong}", field="file") from wrong
    if file.suffix == ".json":
        yield from read_registered(file).items()
    else:
        yield hash_of(text), text


def _check(app: object, found: dict[str, str]) -> None:
    """Every operation of every document is valid. Raises: Invalid, each with its reason."""
    from graphql import GraphQLError, parse, validate  # --help loads no house

    from xrm_core.errors import Invalid, Refusal  # --help loads no house

    problems = []
    for name, text in found.items():
        try:
            errors = validate(app.snapshot.schema, parse(text))  # type: ignore[attr-defined]
        except GraphQLError as wrong:
            errors = [wrong]
        problems += [Refusal("core.document_invalid", f"{name}: {error.message}", "file") for error in errors]
    if problems:
        raise Invalid("Some documents are not valid.", field="file", problems=problems)
