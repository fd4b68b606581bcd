"""How much one document and its variables may ask for, counted before anything costly is done with them.

A fragment is measured once, however often it is spread, so that nesting fragments cannot explode the counting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from xrm_core.errors import LimitExceeded
from xrm_core.settings import Settings

# Texts and comments, in which brackets mean nothing, and brackets. A text without an end goes as far as it could:
# looked for again from each quote inside it, it would take the square of its length.
_BRACKETS = re.compile(r'"""(?:\\"""|[\s\S])*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*+"?|#[^\n]*|[\[{(]|[\]})]')


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection comes to once its fragments are spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both, one after the other."""
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


def check_text(text: str, settings: Settings) -> None:
    """What a document may be before it is parsed. Raises: LimitExceeded."""
    if len(text) > settings.max_document_length:
        raise LimitExceeded(
            f"The document has {len(text)} characters; {settings.max_document_length} are allowed:"
            " send long values as variables."
        )
    nested = deepest = 0
    for found in _BRACKETS.finditer(text):
        sign = found[0]
        if sign in "[{(":
            nested += 1
            deepest = max(deepest, nested)
        elif sign in "]})":
            nested -= 1
    _refuse(deepest, settings.max_nesting, "brackets inside each other", "nest selections and values less")


def check_size(document: DocumentNode, settings: Settings) -> None:
    """Every operation and fragment is measured, run or not, since all of them are validated.

    Raises: LimitExceeded, saying what there is too much of, how much there is and how much is allowed.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    _refuse(len(operations), settings.max_operations, "operations", "send those that are not run elsewhere")
    _refuse(len(fragments), settings.max_fragments, "fragments", "leave out those that are not used")
    ruler = _Ruler(fragments)
    for operation in operations:
        _check(ruler.size(operation.selection_set, operation), settings)
        roots = ruler.roots(operation.selection_set)
        _refuse(roots, settings.max_root_fields, "fields at the top", "ask in several requests")
    for fragment in fragments:
        _check(ruler.of_fragment(fragment), settings)
    _check(ruler.mentioned, settings)


def check_variables(given: Mapping[str, Any], settings: Settings) -> None:
    """What variables may be before they are made into what their types want. Raises: LimitExceeded."""
    values = objects = depth = 0
    level: list[Any] = list(given.values())
    while level:
        depth += 1
        values += len(level)
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                objects += 1
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
        _refuse(depth, settings.max_nesting, "levels of values in the variables", "nest them less")
        _refuse(values, settings.max_input_values, "values in the variables", "send them in several requests")
        _refuse(
            objects, settings.max_input_objects, "objects in the variables", "send them in several requests"
        )
        level = inner


def _check(size: Size, settings: Settings) -> None:
    _refuse(size.depth, settings.max_depth, "levels of fields", "ask for less inside each other")
    _refuse(size.fields, settings.max_fields, "fields once fragments are spread", "ask in several requests")
    _refuse(
        size.aliases, settings.max_aliases, "aliases once fragments are spread", "ask in several requests"
    )
    _refuse(
        size.directives, settings.max_directives, "directives once fragments are spread", "leave some out"
    )


def _refuse(found: int, allowed: int, what: str, instead: str) -> None:
    if found > allowed:
        raise LimitExceeded(f"There are {found} {what}; {allowed} are allowed: {instead}.")


class _Ruler:
    """Measures selections, each fragment once."""

    def __init__(self, fragments: list[FragmentDefinitionNode]) -> None:
        self._fragments = {node.name.value: node for node in fragments}
        self._known: dict[str, Size] = {}
        self._roots: dict[str, int] = {}
        # Everything there is in the document, counted once, depth apart.
        self.mentioned = Size()

    def size(self, selection_set: SelectionSetNode | None, carrier: Any = None) -> Size:
        """What is selected, with the directives of the node that carries the selection."""
        found = Size(directives=len(getattr(carrier, "directives", None) or ()))
        self._mention(found)
        for node in selection_set.selections if selection_set else ():
            found = found.beside(self._of(node))
        return found

    def _of(self, node: Any) -> Size:
        if isinstance(node, FragmentSpreadNode):
            own = Size(directives=len(node.directives or ()))
            self._mention(own)
            fragment = self._fragments.get(node.name.value)
            return own.beside(self.of_fragment(fragment)) if fragment else own
        if isinstance(node, FieldNode):
            own = Size(fields=1, aliases=int(node.alias is not None))
            self._mention(own)
            inner = self.size(node.selection_set, node)
            return Size(inner.depth + 1).beside(own).beside(inner)
        assert isinstance(node, InlineFragmentNode)
        return self.size(node.selection_set, node)

    def _mention(self, own: Size) -> None:
        self.mentioned = self.mentioned.beside(own)

    def of_fragment(self, node: FragmentDefinitionNode) -> Size:
        """What a fragment comes to; one that contains itself is counted once, validation refuses it."""
        name = node.name.value
        if name not in self._known:
            self._known[name] = Size()
            self._known[name] = self.size(node.selection_set, node)
        return self._known[name]

    def roots(self, selection_set: SelectionSetNode) -> int:
        """How many fields stand at the top, fragments spread."""
        count = 0
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                count += 1
            elif isinstance(node, FragmentSpreadNode):
                count += self._roots_of(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                count += self.roots(node.selection_set)
        return count

    def _roots_of(self, name: str) -> int:
        if name not in self._roots:
            self._roots[name] = 0
            fragment = self._fragments.get(name)
            self._roots[name] = self.roots(fragment.selection_set) if fragment else 0
        return self._roots[name]
