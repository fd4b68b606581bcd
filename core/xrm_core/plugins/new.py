"""A new plugin's first files: a distribution that installs, passes the style checks and does nothing yet."""

import re
from importlib import resources
from pathlib import Path

from xrm_core.errors import Conflict, DomainError
from xrm_core.text import pascal

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_ID = 30  # table names start with it, and PostgreSQL cuts names at 63 bytes
# Where each file of the scaffold goes, inside the plugin's folder.
_PLACES = {
    "pyproject.toml": "pyproject.toml",
    "__init__.py": "xrm_{id}/__init__.py",
    "plugin.py": "xrm_{id}/plugin.py",
    "models.py": "xrm_{id}/models.py",
    "policies.csv": "xrm_{id}/policies.csv",
    "migrations.py": "xrm_{id}/migrations/__init__.py",
    "conftest.py": "tests/conftest.py",
    "test_plugin.py": "tests/test_{id}.py",
}


class BadPluginId(DomainError):
    """A plugin's id is a few small letters, digits and single underscores, and not `core`."""

    code = "core.bad_plugin_id"


def new_plugin(plugin_id: str, folder: Path) -> list[Path]:
    """Write the first files of a plugin into `folder/xrm-<id>`; their paths.

    Raises: BadPluginId; Conflict if the folder is there already.
    """
    if not _ID.fullmatch(plugin_id) or len(plugin_id) > _LONGEST_ID or plugin_id == "core":
        raise BadPluginId(f"{plugin_id!r} cannot be the id of a plugin: write it like fleet.", field="id")
    target = folder / f"xrm-{plugin_id.replace('_', '-')}"
    if target.exists():
        raise Conflict(f"{target} is there already.", field="id")
    names = {
        "id": plugin_id,
        "title": plugin_id.replace("_", " ").capitalize(),
        "class_name": pascal(plugin_id),
    }
    return [_write(target / place.format(**names), name, names) for name, place in _PLACES.items()]


def _write(path: Path, name: str, names: dict[str, str]) -> Path:
    text = resources.files("xrm_core.plugins").joinpath("scaffold", f"{name}.txt").read_text("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(**names), "utf-8")
    return path
