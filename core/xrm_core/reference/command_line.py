"""The page of the command line."""

import importlib
from collections.abc import Iterator
from typing import Any

from xrm_core.plugins.host import PluginHost
from xrm_core.reference.page import code, page, table

_INTRODUCTION = (
    "Every command answers to `--help`. Settings come from the environment: see [settings](settings.md)."
)


def command_line_page(_host: PluginHost) -> str:
    """Every command of `xrm` with its arguments and options."""
    blocks = [_block(path, command) for path, command in commands()]
    return page("Command line", _INTRODUCTION, *blocks)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be run, with the words that run it, in order of its words."""
    import typer.main  # the program itself answers --help without loading this

    main = importlib.import_module("xrm_core.cli.main")  # it registers the command that writes this page
    yield from _below("xrm", typer.main.get_command(main.app))


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None or command.invoke_without_command:
        yield path, command
    for name, item in sorted((inner or {}).items()):
        yield from _below(f"{path} {name}", item)


def _block(path: str, command: Any) -> str:
    shown = [item for item in command.params if not item.hidden]
    arguments = [item for item in shown if item.param_type_name == "argument"]
    options = [item for item in shown if item.param_type_name == "option"]
    usage = [path, *[_place(item) for item in arguments], *(["[options]"] if options else [])]
    rows = [[code(_names(item)), _needed(item), item.help or ""] for item in (*arguments, *options)]
    listed = table(["", "default", "meaning"], rows) if rows else ""
    text = " ".join((command.help or "").split())
    return "\n\n".join(part for part in (f"## {path}", f"    {' '.join(usage)}", text, listed) if part)


def _place(argument: Any) -> str:
    name = argument.name.upper() + ("…" if argument.multiple or argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _names(item: Any) -> str:
    if item.param_type_name == "argument":
        return str(item.name.upper())
    return ", ".join((*item.opts, *item.secondary_opts))


def _needed(item: Any) -> str:
    if item.required:
        return "needed"
    return code(_default(item)) + (f" or {code(item.envvar)}" if item.envvar else "")


def _default(option: Any) -> Any:
    if option.default is None or callable(option.default):
        return ""
    if isinstance(option.default, bool):
        chosen = option.opts if option.default else option.secondary_opts
        return chosen[0] if option.secondary_opts else ""
    return option.default
