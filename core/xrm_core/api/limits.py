"""How much one operation may ask for, counted once a fragment so that nesting them cannot explode the counting."""

from collections.abc import Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode, SelectionSetNode

from xrm_core.errors import LimitExceeded

_Size = tuple[int, int]


def check_size(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    *,
    max_depth: int,
    max_fields: int,
) -> None:
    """Raises: LimitExceeded if the operation is deeper or wider than allowed once fragments are spread."""
    known: dict[str, _Size] = {}

    def size(selection_set: SelectionSetNode | None) -> _Size:
        depth = fields = 0
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FragmentSpreadNode):
                inner_depth, inner_fields = of_fragment(node.name.value)
            elif isinstance(node, FieldNode):
                inner_depth, inner_fields = size(node.selection_set)
                inner_depth, inner_fields = inner_depth + 1, inner_fields + 1
            else:
                inner_depth, inner_fields = size(node.selection_set)  # type: ignore[attr-defined]
            depth, fields = max(depth, inner_depth), fields + inner_fields
        return depth, fields

    def of_fragment(name: str) -> _Size:
        if name not in known:
            known[name] = (0, 0)
            known[name] = size(fragments[name].selection_set) if name in fragments else (0, 0)
        return known[name]

    depth, fields = size(operation.selection_set)
    if depth > max_depth:
        raise LimitExceeded(f"The question is {depth} levels deep; {max_depth} are allowed.")
    if fields > max_fields:
        raise LimitExceeded(f"The question selects {fields} fields; {max_fields} are allowed.")
