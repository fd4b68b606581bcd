"""The style of the house, where a machine can see it."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.source import Function, Source, product

MAY_COMMIT = ("core/xrm_core/db/",)
# Core's own stores are set-based work; in a plugin it has one place, repository.py.
MAY_SELECT = tuple(
    f"core/xrm_core/{folder}/"
    for folder in (
        "query",
        "db",
        "graph",
        "data",
        "access",
        "custom",
        "identity",
        "events",
        "jobs",
        "plugins",
        "documents",
        "declare",
    )
)
UNCODED = ("ValueError", "Exception", "RuntimeError")
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "misc", "common", "base2"}


def public_declarations(source: Source) -> Iterator[ast.ClassDef | Function]:
    """The classes and functions of a module that others may use."""
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node


def is_overload(node: ast.ClassDef | Function) -> bool:
    """Whether it is one of several signatures, whose docstring is at the implementation."""
    return any(getattr(one, "id", getattr(one, "attr", "")) == "overload" for one in node.decorator_list)


def assigned_attributes(source: Source) -> Iterator[ast.Attribute]:
    """Every `object.name` on the left of an assignment."""
    for node in ast.walk(source.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (part for part in parts if isinstance(part, ast.Attribute))


def test_every_module_says_what_it_is_about() -> None:
    silent = [source.path for source in product() if source.lines and ast.get_docstring(source.tree) is None]

    assert silent == []


def test_every_public_class_and_function_says_what_holds() -> None:
    silent = [
        f"{source.place(node)} {node.name}"
        for source in product()
        for node in public_declarations(source)
        if ast.get_docstring(node) is None and not is_overload(node)
    ]

    assert silent == []


def test_only_the_unit_of_work_commits() -> None:
    commits = [
        source.place(call)
        for source in product()
        if not source.path.startswith(MAY_COMMIT)
        for call in source.calls("commit")
    ]

    assert commits == []


def test_select_is_written_in_repositories_only() -> None:
    selects = [
        source.place(call)
        for source in product()
        if not source.path.startswith(MAY_SELECT) and PurePosixPath(source.path).name != "repository.py"
        for call in source.calls("select")
    ]

    assert selects == []


def test_nobody_assigns_a_state_but_workflows() -> None:
    assigned = [
        source.place(target)
        for source in product()
        if not source.path.startswith("workflows/")
        for target in assigned_attributes(source)
        if target.attr == "state" and getattr(target.value, "id", "") != "self"
    ]

    assert assigned == []


def test_a_plugin_says_no_with_a_coded_error() -> None:
    uncoded = [
        source.place(node)
        for source in product()
        if source.path.startswith("plugins/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Raise) and getattr(getattr(node.exc, "func", node.exc), "id", "") in UNCODED
    ]

    assert uncoded == []


def test_a_module_is_named_after_its_subject() -> None:
    empty = [source.path for source in product() if PurePosixPath(source.path).stem in NAMES_THAT_SAY_NOTHING]

    assert empty == []
