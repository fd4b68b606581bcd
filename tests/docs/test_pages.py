"""What README and docs name is there: files, links, commands of ours."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.command_line import xrm_process
from xrm_core.reference.command_line import commands

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Where a path in prose may start: the repository, the core that most pages speak of, tests, pages, any plugin.
ROOTS = (ROOT, ROOT / "core/xrm_core", ROOT / "tests", ROOT / "docs", *ROOT.glob("plugins/*/xrm_*"))
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(\.?[\w*-]+/)+([\w.*-]+\.[a-z]+)?")
FENCE = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)[^)]*\)")
OURS = re.compile(r"\bxrm((?: [a-z]+)+)")
# The page of a plugin author names the files of the plugin that is written there.
TUTORIAL = ROOT / "docs/plugin-author.md"


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> Iterator[str]:
    """What a page shows as code inside its sentences."""
    return (span[1] for span in SPAN.finditer(prose(page)))


def is_there(path: str, page: Path) -> bool:
    """Whether such a file or folder exists, stars allowed."""
    wanted = path.rstrip("/")
    return any(next(root.glob(wanted), None) is not None for root in (*ROOTS, page.parent))


def typed(page: Path) -> Iterator[str]:
    """The commands a page has in its indented and fenced blocks and in its sentences."""
    text = page.read_text(encoding="utf-8")
    yield from (
        line.strip().removeprefix("$ ") for line in text.splitlines() if re.match(r"    \S|\$ ", line)
    )
    yield from spans(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_and_links_that_a_page_names_are_there(page: Path) -> None:
    named = [span for span in spans(page) if PATH.fullmatch(span) and page != TUTORIAL]
    linked = [link[1] for link in LINK.finditer(prose(page))]

    missing = [path for path in named if not is_there(path, page)]
    missing += [path for path in linked if not (page.parent / path).exists()]

    assert missing == []


def test_every_xrm_command_in_the_pages_exists() -> None:
    known = {path for path, _ in commands()}
    groups = {" ".join(path.split()[:n]) for path in known for n in (1, 2)}
    unknown = []
    for page in PAGES:
        for line in typed(page):
            for found in OURS.finditer(line):
                words = f"xrm{found[1]}".split()
                if not {" ".join(words[:2]), " ".join(words[:3])} & (known | groups):
                    unknown.append(f"{page.name}: {' '.join(words)}")

    assert unknown == []


def test_the_commands_of_the_readme_can_be_run() -> None:
    scripts = {line.split()[0] for line in typed(ROOT / "README.md") if line.startswith(".ci/")}

    assert scripts == {".ci/demo", ".ci/test"}
    for script in scripts:
        read = subprocess.run(["bash", "-n", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (read.returncode, read.stderr) == (0, "")
        assert (ROOT / script).stat().st_mode & 0o111


def test_the_demo_lists_its_options(tmp_path: Path) -> None:
    assert 'exec .venv/bin/xrm demo "$@"' in (ROOT / ".ci/demo").read_text(encoding="utf-8")

    helped = xrm_process("demo", "--help", folder=tmp_path)

    assert helped.returncode == 0
    assert "--port" in helped.stdout


def test_every_habit_in_the_pages_is_in_the_justfile() -> None:
    just = Path(sys.executable).parent / "just"
    listed = subprocess.run([just, "--summary"], cwd=ROOT, capture_output=True, text=True, check=True)

    named = {
        found[1] for page in PAGES for line in typed(page) for found in re.finditer(r"\bjust ([a-z]+)", line)
    }

    assert named
    assert named <= set(listed.stdout.split())


def test_what_pip_would_install_is_there() -> None:
    command = next(line for line in typed(ROOT / "README.md") if line.startswith("pip install "))

    projects = [found for part in command.split()[2:] for found in ROOT.glob(part.removeprefix("./"))]

    assert len(projects) == 6
    assert all((project / "pyproject.toml").is_file() for project in projects)
