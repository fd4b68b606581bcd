"""How much one document may ask for, counted once a fragment so that nesting them cannot explode the counting."""

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


def check_size(document: DocumentNode, *, max_depth: int, max_fields: int) -> None:
    """Every operation and fragment is measured, run or not, since all of them are validated.

    Raises: LimitExceeded if one is deeper or wider than allowed once fragments are spread.
    """
    ruler = _Ruler(document)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            depth, fields = ruler.size(node.selection_set)
        elif isinstance(node, FragmentDefinitionNode):
            depth, fields = ruler.of_fragment(node)
        else:
            continue
        if depth > max_depth:
            raise LimitExceeded(f"The question is {depth} levels deep; {max_depth} are allowed.")
        if fields > max_fields:
            raise LimitExceeded(f"The question selects {fields} fields; {max_fields} are allowed.")
    if ruler.mentioned > max_fields:
        raise LimitExceeded(f"The document names {ruler.mentioned} fields; {max_fields} are allowed.")


class _Ruler:
    """Measures selections, each fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, tuple[int, int]] = {}
        self.mentioned = 0

    def size(self, selection_set: SelectionSetNode | None) -> tuple[int, int]:
        """Levels and fields, fragments spread."""
        found = list(map(self._of, selection_set.selections if selection_set else ()))
        return max((depth for depth, _ in found), default=0), sum(fields for _, fields in found)

    def _of(self, node: object) -> tuple[int, int]:
        if isinstance(node, FragmentSpreadNode):
            fragment = self._fragments.get(node.name.value)
            return self.of_fragment(fragment) if fragment else (0, 0)
        if isinstance(node, FieldNode):
            self.mentioned += 1
            depth, fields = self.size(node.selection_set)
            return depth + 1, fields + 1
        assert isinstance(node, InlineFragmentNode)
        return self.size(node.selection_set)

    def of_fragment(self, node: FragmentDefinitionNode) -> tuple[int, int]:
        """Levels and fields of a fragment; one that contains itself is counted once, validation refuses it."""
        name = node.name.value
        if name not in self._known:
            self._known[name] = (0, 0)
            self._known[name] = self.size(node.selection_set)
        return self._known[name]
