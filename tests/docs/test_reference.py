"""docs/reference says what the code says: `xrm docs` writes it."""

import importlib
import inspect
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.command_line import xrm_process
from xrm_core.plugins.host import PluginHost
from xrm_core.reference import PAGES
from xrm_core.reference.command_line import commands
from xrm_core.reference.errors import errors_of
from xrm_core.reference.hooks import hooks, users_of
from xrm_core.settings import Settings

REFERENCE = ROOT / "docs/reference"
# Called already, and implemented by tests only: checklists that keep a relationship from closing come next.
AHEAD_OF_THEIR_USERS = {"transition_objections"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the code would write, in a process of its own: tests declare things that are nobody's."""
    folder = tmp_path_factory.mktemp("reference")
    done = xrm_process("docs", "--folder", str(folder), folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def host() -> PluginHost:
    """The installed plugins."""
    found = PluginHost()
    found.load()
    return found


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_says_what_the_code_says(page: str, written: Path) -> None:
    assert (REFERENCE / page).read_text(encoding="utf-8") == (written / page).read_text(encoding="utf-8"), (
        "run `xrm docs`"
    )


def test_nothing_else_is_in_the_reference() -> None:
    assert sorted(path.name for path in REFERENCE.iterdir()) == sorted(PAGES)


def test_a_page_that_was_edited_by_hand_is_found(written: Path, tmp_path: Path) -> None:
    for page in PAGES:
        (tmp_path / page).write_text((written / page).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "cli.md").write_text("# Command line\n", encoding="utf-8")

    checked = xrm_process("docs", "--check", "--folder", str(tmp_path), folder=tmp_path)

    assert checked.returncode == 1
    assert "cli.md" in checked.stderr
    assert "settings.md" not in checked.stderr
    assert (tmp_path / "cli.md").read_text(encoding="utf-8") == "# Command line\n"


def test_every_setting_and_command_says_what_it_is() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    silent += [path for path, command in commands() if not command.help]

    assert silent == []


def test_every_error_has_a_meaning_and_a_code_of_its_owner(host: PluginHost) -> None:
    owners = {"core": "xrm_core", **{plugin.id: plugin.package for plugin in host.installed.values()}}
    wrong = [
        f"{error.__module__}.{error.__name__}"
        for package in owners.values()
        for error in errors_of(package)
        if not inspect.getdoc(error) or error.code.split(".", 1)[0] not in owners
    ]

    assert wrong == []


def test_every_hook_says_when_it_is_called_and_somebody_implements_it(host: PluginHost) -> None:
    silent = [name for name, hook in hooks().items() if "*Called*" not in (hook.__doc__ or "")]
    unused = {name for name in hooks() if not users_of(name, host)}

    assert silent == []
    assert unused == AHEAD_OF_THEIR_USERS


def test_every_package_that_may_define_errors_can_be_imported(host: PluginHost) -> None:
    assert [importlib.import_module(plugin.package).__name__ for plugin in host.installed.values()]
