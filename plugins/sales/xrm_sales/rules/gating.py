"""Which commercial actions a stage allows: the matrix of rules.md A6 as data, and its judge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from xrm_core.errors import DomainError, Refusal
from xrm_sales.rules.conditions import Condition
from xrm_sales.rules.edge import EdgeFacts

ANY_STAGE = "*"


class Verdict(StrEnum):
    """What a cell of the matrix says; GUARD cells hold in every stage besides the stage's own cell."""

    ALLOWED = "ALLOWED"
    CONDITIONAL = "CONDITIONAL"
    REFUSED = "REFUSED"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    GUARD = "GUARD"


class UnknownAction(DomainError):
    """The gating matrix has no such action."""

    code = "sales.unknown_action"

    def __init__(self, action: str) -> None:
        super().__init__(f"There is no commercial action {action}.", field="action")


@dataclass(frozen=True, slots=True)
class Cell:
    """A verdict and its conditions: every group must hold, a group holds by any of its alternatives."""

    verdict: Verdict
    groups: tuple[tuple[Condition, ...], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class GatingMatrix:
    """The cells by action and stage; the stage `*` holds an action's guards."""

    cells: Mapping[tuple[str, str], Cell]

    @property
    def actions(self) -> list[str]:
        """The actions the matrix knows, in its order."""
        return list(dict.fromkeys(action for action, _ in self.cells))


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer for one action: allowed or not, the stage's condition as written, every reason.

    `warnings` do not refuse: a condition skipped because its plugin is not enabled, or trouble on another
    relationship of the party.
    """

    action: str
    allowed: bool
    condition: str | None
    refusals: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...]


def gating_matrix(rows: Iterable[Mapping[str, str]]) -> GatingMatrix:
    """The matrix that rows of action, stage, verdict, conditions state.

    Conditions are joined by `;`, alternatives by `|`. Raises: UnknownCondition.
    """
    cells = {}
    for row in rows:
        text = row["conditions"].strip()
        groups = tuple(
            tuple(Condition.parse(one) for one in group.split("|")) for group in text.split(";") if group
        )
        cells[row["action"], row["stage"]] = Cell(Verdict(row["verdict"]), groups, text)
    return GatingMatrix(cells)


def can(action: str, facts: EdgeFacts, matrix: GatingMatrix) -> Gate:
    """Whether the action may be taken towards the party now, with every rule that fails (rules.md A6).

    A stage without a cell refuses. Raises: UnknownAction.
    """
    if action not in matrix.actions:
        raise UnknownAction(action)
    cell = matrix.cells.get((action, facts.stage), Cell(Verdict.REFUSED))
    guard = matrix.cells.get((action, ANY_STAGE))
    refusals, warnings = _judge(cell, facts)
    if cell.verdict in (Verdict.REFUSED, Verdict.NOT_APPLICABLE):
        refusals.insert(0, _stage_refusal(action, facts.stage))
    if guard:
        more, notes = _judge(guard, facts)
        refusals += more
        warnings += [*notes, *_trouble_elsewhere(facts)]
    return Gate(action, not refusals, cell.text or None, tuple(refusals), tuple(warnings))


def all_gates(facts: EdgeFacts, matrix: GatingMatrix) -> list[Gate]:
    """The answer for every action the matrix knows."""
    return [can(action, facts, matrix) for action in matrix.actions]


def _judge(cell: Cell, facts: EdgeFacts) -> tuple[list[Refusal], list[Refusal]]:
    refusals: list[Refusal] = []
    warnings: list[Refusal] = []
    for group in cell.groups:
        judged = [one for one in group if one.input not in facts.disabled_inputs]
        failed = [refusal for one in judged if (refusal := one.refusal(facts))]
        if len(failed) < len(judged):
            continue  # one alternative holds
        refusals += failed
        warnings += [_skipped(one, facts) for one in group if one not in judged]
    return refusals, warnings


def _skipped(condition: Condition, facts: EdgeFacts) -> Refusal:
    plugin = facts.disabled_inputs[condition.input]
    message = f"Not checked, since {plugin} is not enabled: {condition.demand}."
    data = {"input": condition.input, "plugin": plugin, "condition": condition.name}
    return Refusal("sales.gating_input_disabled", message, condition.input, data)


def _stage_refusal(action: str, stage: str) -> Refusal:
    data = {"action": action, "stage": stage}
    return Refusal("sales.stage_refuses_action", f"{action} is refused in stage {stage}.", "stage", data)


def _trouble_elsewhere(facts: EdgeFacts) -> list[Refusal]:
    warnings = []
    for edge in facts.other_edges:
        data = {"relationship_id": str(edge.relationship_id), "type": edge.type}
        if edge.has_repair_plan:
            message = f"A repair plan is open on the party's {edge.type} relationship."
            warnings.append(Refusal("sales.repair_plan_elsewhere", message, data=data))
        if edge.hold in ("SOFT", "HARD"):
            message = f"The party's {edge.type} relationship is on {edge.hold} credit hold."
            warnings.append(Refusal("sales.hold_elsewhere", message, data=data))
    return warnings
