"""A field that was asked wrongly does not spoil the others: the statement leaves a mark in its place."""

from collections.abc import Callable
from typing import Any

from xrm_core.errors import Invalid
from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.custom import WrongCustomField
from xrm_core.query.jsonsql import literal


def answered(compiler: Compiler, path: Path, write: Callable[[], Any]) -> Any:
    """What `write` writes for the field at `path`; where it refuses what was asked, a mark that tells so."""
    before, outer = compiler.written(), compiler.path
    compiler.path = path
    try:
        if path in compiler.failing:
            raise compiler.failing[path]
        return write()
    except Invalid as wrong:
        compiler.forget(before)
        # Whether it is wrong depends on the definitions: the statement says if there are others by now.
        compiler.uses_custom_fields |= isinstance(wrong, WrongCustomField)
        return literal(compiler.failed(path, wrong))
    finally:
        compiler.path = outer
