"""The checkout stands alone: no address of the machine it was written on, and every check is run."""

import re
import tomllib

import pytest

from tests.architecture.source import ROOT, files

# Written in pieces, or this file would find itself.
PLACES = [b"/wo" + b"rk/", b"opt/" + b"pypi", b"opt/" + b"wheels", b"/ro" + b"ot/"]
REGISTRIES = [b"py" + b"pi.org", b"python" + b"hosted.org", b"registry." + b"npmjs"]
LOCK = ROOT / "uv.lock"


@pytest.mark.parametrize("place", PLACES + REGISTRIES, ids=bytes.decode)
def test_no_file_names_a_place_outside_the_repository(place: bytes) -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in files()
        if path != LOCK and path.is_file() and place in path.read_bytes()
    ]

    assert naming == []


def test_the_lock_file_names_public_addresses_only() -> None:
    text = LOCK.read_text(encoding="utf-8")

    hosts = set(re.findall(r"[a-z]+://[^/\"]+", text))

    assert hosts == {"https://" + "pypi" + ".org", "https://files.python" + "hosted.org"}
    assert [place for place in PLACES if place in text.encode()] == []


def test_every_plugin_is_a_distribution_of_its_own() -> None:
    for folder in sorted((ROOT / "plugins").iterdir()):
        declared = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]

        assert declared["name"] == f"xrm-{folder.name}"
        assert declared["entry-points"]["xrm.plugins"] == {folder.name: f"xrm_{folder.name}.plugin:plugin"}


@pytest.mark.parametrize(
    "check",
    ["ruff check", "ruff format --check", "lint-imports", "deptry", "mypy", "pytest"],
)
def test_the_test_command_runs_every_check(check: str) -> None:
    script = (ROOT / ".ci/test").read_text(encoding="utf-8")

    assert check in script


def test_continuous_integration_runs_the_readme_s_test_command() -> None:
    assert ".ci/test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "/test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
