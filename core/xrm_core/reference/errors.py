"""The page of error codes."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from itertools import groupby

from xrm_core.errors import DomainError
from xrm_core.plugins.host import PluginHost
from xrm_core.reference.page import code, first_line, page, table

_INTRODUCTION = """\
What an error answers with. `code` stands in `problems` of the error's extensions and says what happened; the one in
capitals is `extensions.code`, a closed list for programs that only need to know what to do next."""
# Their modules are scripts, run by Alembic and never imported by anyone else.
_NOT_IMPORTED = ".migrations."


def errors_page(host: PluginHost) -> str:
    """Every coded error, by the plugin that raises it."""
    found = {error for package in _packages(host) for error in errors_of(package)}
    ordered = sorted(
        found, key=lambda error: (error.code != DomainError.code, _owner(error), error.code, error.__name__)
    )
    blocks = []
    for owner, errors in groupby(ordered, key=_owner):
        rows = [[code(error.code), code(error.wire), first_line(error)] for error in errors]
        blocks.append(f"## {owner}\n\n{table(['code', 'extensions.code', 'meaning'], rows)}")
    return page("Errors", _INTRODUCTION, *blocks)


def errors_of(package: str) -> Iterator[type[DomainError]]:
    """Every error class that a package defines, its migrations left out."""
    root = importlib.import_module(package)
    for item in pkgutil.walk_packages(root.__path__, f"{package}."):
        if _NOT_IMPORTED in f"{item.name}." or item.name.endswith(".__main__"):
            continue
        module = importlib.import_module(item.name)
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, DomainError) and value.__module__ == module.__name__:
                yield value


def _packages(host: PluginHost) -> list[str]:
    return ["xrm_core", *[plugin.package for plugin in host.installed.values()]]


def _owner(error: type[DomainError]) -> str:
    return error.code.split(".", 1)[0]
