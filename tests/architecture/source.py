"""The source files of this repository, parsed once."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "core/xrm_core",
    "workflows/xrm_workflows",
    "plugins/legal/xrm_legal",
    "plugins/credit/xrm_credit",
    "plugins/sales/xrm_sales",
    "plugins/governance/xrm_governance",
)
# What tools, editors and the product leave behind in a checkout.
NOT_OURS = {"node_modules", "__pycache__", "xrm-data", "var", "dist", "build", "htmlcov"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path inside the repository, its lines and its syntax tree."""

    path: str
    lines: tuple[str, ...]
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Every call of something named so, as `name(…)` or `anything.name(…)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and name in (
                getattr(node.func, "id", None),
                getattr(node.func, "attr", None),
            ):
                yield node

    def place(self, node: ast.stmt | ast.expr) -> str:
        """Where it stands, as an editor opens it."""
        return f"{self.path}:{node.lineno}"


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository, wherever it lies."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not _is_hidden(name)]
        found += [Path(folder, name) for name in names]
    return tuple(sorted(found))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file written by hand: no migrations (generated), no scaffold (its names are blanks)."""
    paths = [path for path in files() if path.suffix == ".py" and not _is_generated(path)]
    return tuple(_parse(path) for path in paths)


@cache
def product() -> tuple[Source, ...]:
    """The Python files that are shipped."""
    return tuple(source for source in sources() if source.path.startswith(PACKAGES))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name != ".ci"


def _is_generated(path: Path) -> bool:
    return "versions" in path.parts or "scaffold" in path.parts


def _parse(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(ROOT).as_posix(), tuple(text.splitlines()), ast.parse(text))
