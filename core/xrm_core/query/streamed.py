"""A page too large to be made in memory: its rows one by one, and beside them what else is asked of it."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLField, GraphQLObjectType, get_named_type

from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.lists import LARGEST_FIRST, ROW_MEMBERS, connection, one_by_one
from xrm_core.query.plan import ROWS_KEY, Plan, finished
from xrm_core.query.roots import ManyRoot
from xrm_core.query.selection import Selected


def is_large(selected: Selected) -> bool:
    """Whether the field is a page of more rows than are answered at once."""
    if not isinstance(selected.definition.extensions.get("sql"), ManyRoot):
        return False
    sizes = (selected.arguments.get("first"), selected.arguments.get("last"))
    return any(isinstance(size, int) and size > LARGEST_FIRST for size in sizes)


def members(selected: Selected) -> list[Selected]:
    """What is asked of a page: nodes, edges, pageInfo, totalCount."""
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    return selected.children(type_)


def without_rows(selected: Selected) -> Selected:
    """The page but for its nodes and edges."""
    definition = selected.definition
    root = definition.extensions["sql"]
    head = GraphQLField(definition.type, args=definition.args, extensions={"sql": _Head(root)})
    return dataclasses.replace(selected, definition=head)


def compile_rows(compiler: Compiler, selected: Selected, member: Selected) -> Plan:
    """The plan whose statement answers with the JSON of each of the page's nodes, or edges, as a row."""
    root: ManyRoot = selected.definition.extensions["sql"]
    with root.page(compiler, selected) as page:
        item, rows = one_by_one(page, member, root.row(compiler), (ROWS_KEY,))
    text = item if compiler.json.sqlite else sa.cast(item, sa.Text())
    # What is wrong with the question as a whole, `without_rows` finds.
    compiler.checks.clear()
    return finished(compiler, sa.select(text).select_from(rows))


def hidden_in(plan: Plan, selected: Selected, member: Selected) -> Sequence[str]:
    """The paths of hidden values as the whole answer has them."""
    return [".".join((selected.key, member.key, *path.split(".")[1:])) for path in plan.hidden]


class _Head:
    """A page's totals and flags."""

    def __init__(self, root: ManyRoot) -> None:
        self._root = root

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The connection without nodes and edges."""
        asked = [child for child in members(selected) if child.name not in ROW_MEMBERS]
        with self._root.page(compiler, selected) as page:
            # Its rows are counted where they are read one by one.
            compiler.meter.rows -= page.size
            return connection(page, selected, self._root.row(compiler), path, children=asked)
