"""SQL words of ours that the two databases spell differently."""

from typing import Any

from sqlalchemy.ext.compiler import compiles


def spell(word: Any, everywhere: str, *, on_sqlite: str) -> None:
    """How an SQL element is written: `{0}`, `{1}` … are its arguments."""
    compiles(word)(_written(everywhere))
    compiles(word, "sqlite")(_written(on_sqlite))


def _written(shape: str) -> Any:
    def write(element: Any, compiler: Any, **options: Any) -> str:
        return shape.format(*(compiler.process(clause, **options) for clause in element.clauses))

    return write
