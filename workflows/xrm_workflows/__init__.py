"""State machines as data: definitions, guards, history, diagrams."""

from xrm_workflows.definition import (
    START,
    Computed,
    GuardUse,
    Mode,
    Move,
    Process,
    State,
    before,
    final,
    import_state,
    use,
)
from xrm_workflows.guards import GuardRegistry, guard, guard_input
from xrm_workflows.labels import Label
from xrm_workflows.machine import StateMachine, Subject, available

__all__ = [
    "START",
    "Computed",
    "GuardRegistry",
    "GuardUse",
    "Label",
    "Mode",
    "Move",
    "Process",
    "State",
    "StateMachine",
    "Subject",
    "available",
    "before",
    "final",
    "guard",
    "guard_input",
    "import_state",
    "use",
]
