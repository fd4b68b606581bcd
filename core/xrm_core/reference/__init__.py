"""The reference in docs/reference: written from the code, so that it cannot say something else."""

from collections.abc import Callable, Mapping
from pathlib import Path

from xrm_core.plugins.host import PluginHost
from xrm_core.reference.command_line import command_line_page
from xrm_core.reference.errors import errors_page
from xrm_core.reference.hooks import hooks_page
from xrm_core.reference.permissions import permissions_page
from xrm_core.reference.schema import schema_text
from xrm_core.reference.settings import settings_page

# Each page from the plugins that are installed, all of them shown.
PAGES: Mapping[str, Callable[[PluginHost], str]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "hooks.md": hooks_page,
    "cli.md": command_line_page,
    "permissions.md": permissions_page,
    "schema.graphql": schema_text,
}


def write_reference(host: PluginHost, folder: Path) -> list[Path]:
    """Write every page into the folder; those that were missing or said something else, in order of name."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name in differing(host, folder):
        path = folder / name
        path.write_text(PAGES[name](host), "utf-8")
        changed.append(path)
    return changed


def differing(host: PluginHost, folder: Path) -> list[str]:
    """The names of the pages that are missing in the folder or say something else than the code."""
    return [
        name
        for name, page in sorted(PAGES.items())
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != page(host)
    ]
