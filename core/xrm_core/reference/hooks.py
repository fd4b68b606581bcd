"""The page of hooks."""

import importlib
import inspect
import re
from typing import Any

from xrm_core.plugins.hookspecs import Hooks
from xrm_core.plugins.host import PluginHost
from xrm_core.reference.page import page

_INTRODUCTION = """\
What a plugin may implement, as functions marked `@hookimpl` in its `plugin.py`. A function may leave out arguments
it does not need. A hook that raises counts as a no; it never stops the others."""
_MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z])")  # of a type: its name says enough
_MARK = "xrm_spec"  # what pluggy leaves on a hookspec of the project `xrm`


def hooks_page(host: PluginHost) -> str:
    """Every hook in the order of a plugin's life: exact arguments, when it is called, who implements it here."""
    blocks = [_block(name, hook, users_of(name, host)) for name, hook in hooks().items()]
    return page("Hooks", _INTRODUCTION, *blocks)


def hooks() -> dict[str, Any]:
    """The hooks by name, in order of declaration."""
    return {name: value for name, value in vars(Hooks).items() if hasattr(value, _MARK)}


def users_of(name: str, host: PluginHost) -> list[str]:
    """The installed plugins that implement a hook."""
    modules = {
        plugin.id: importlib.import_module(f"{plugin.package}.plugin") for plugin in host.installed.values()
    }
    return sorted(
        plugin_id for plugin_id, module in modules.items() if hasattr(getattr(module, name, None), "xrm_impl")
    )


def _block(name: str, hook: Any, users: list[str]) -> str:
    written = str(inspect.signature(hook)).replace("(self, ", "(").replace("(self)", "()").replace("'", "")
    signature = _MODULE.sub("", written)
    first = "The first answer that is not None counts." if getattr(hook, _MARK)["firstresult"] else ""
    implemented = f"Implemented by: {', '.join(users)}." if users else "Implemented by nobody here."
    parts = [
        f"## {name}",
        f"```python\ndef {name}{signature}\n```",
        inspect.cleandoc(hook.__doc__ or ""),
        first,
        implemented,
    ]
    return "\n\n".join(part for part in parts if part)
