"""Imports are absolute, stand at the top, and go one way."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Source, product, sources


def imports_in_functions(source: Source) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that are run when a function is called."""
    found = {
        node
        for function in source.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return iter(sorted(found, key=lambda node: node.lineno))


def has_comment(source: Source, node: ast.stmt) -> bool:
    """Whether a line of the statement carries a comment."""
    return any("#" in line for line in source.lines[node.lineno - 1 : node.end_lineno])


def test_imports_are_absolute() -> None:
    relative = [
        source.place(node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_an_import_inside_a_function_says_why() -> None:
    unexplained = [
        source.place(node)
        for source in product()
        for node in imports_in_functions(source)
        if not has_comment(source, node)
    ]

    assert unexplained == []


def test_the_product_never_imports_its_tests_or_benchmarks() -> None:
    backwards = [
        source.place(node)
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("tests", "benchmarks")
    ]

    assert backwards == []


def test_there_are_no_orm_relationships() -> None:
    lazy = [
        source.place(node)
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sqlalchemy.orm")
        and any(alias.name in ("relationship", "backref", "dynamic_loader") for alias in node.names)
    ]

    assert lazy == []
