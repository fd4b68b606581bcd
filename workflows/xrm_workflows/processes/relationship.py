"""The machines of managed relationships: customers by stage, others by status (rules.md §A)."""

from collections.abc import Mapping

from xrm_workflows.definition import Process
from xrm_workflows.errors import UnknownProcess
from xrm_workflows.guards import Guard, GuardRegistry
from xrm_workflows.labels import Label
from xrm_workflows.machine import StateMachine
from xrm_workflows.processes import customer_guards, supplier_guards
from xrm_workflows.processes.past import RESOLVERS
from xrm_workflows.processes.table import MoveTable, reasons, states_of

PERMISSION = "core.relationship.move"

# Every code that may stand as the reason of a dissolution made by hand (rules.md R-A-05).
DISSOLUTION_REASONS: Mapping[str, Label] = reasons("T11")


def _process(kind: str, title: Label, *, master: str) -> Process:
    name, states = kind.lower(), states_of(kind)
    return Process(
        f"workflows.{name}",
        states,
        MoveTable(name, states, PERMISSION).moves(),
        title=title,
        resource="core.relationship",
        master=master,
    )


# On supplier and partner edges the status is master and the stage follows from it (rules.md R-A-25).
PROCESSES: Mapping[str, Process] = {
    "CUSTOMER": _process("CUSTOMER", Label("Customer relationship", "Relation client"), master="stage"),
    "SUPPLIER": _process("SUPPLIER", Label("Supplier relationship", "Relation fournisseur"), master="status"),
    "PARTNER": _process("PARTNER", Label("Partner relationship", "Relation partenaire"), master="status"),
}

MACHINES: Mapping[str, StateMachine] = {
    kind: StateMachine(process, RESOLVERS) for kind, process in PROCESSES.items()
}


def machine_of(kind: str) -> StateMachine:
    """The machine of that kind of relationship. Raises: UnknownProcess, for a kind that is not managed."""
    found = MACHINES.get(kind)
    if found is None:
        raise UnknownProcess(kind, MACHINES)
    return found


def stage_of(status: str, kind: str) -> tuple[str, str]:
    """The stage and sub-stage that a state of this kind of relationship stands for (rules.md §A7).

    Raises: UnknownProcess, UnknownState.
    """
    state = machine_of(kind).process.state(status)
    return state.stage or "", state.substage or ""


def state_name(kind: str, *, stage: str | None, substage: str | None, status: str | None) -> str:
    """The state an edge with these columns is in, as its machine names it; "" if it has not entered one.

    Raises: UnknownProcess.
    """
    if machine_of(kind).process.master == "status":
        return status or ""
    return f"{stage}/{substage}" if stage else ""


def shipped_guards() -> list[Guard]:
    """The guards that the shipped machines name."""
    modules = (customer_guards, supplier_guards)
    return [each for module in modules for each in vars(module).values() if isinstance(each, Guard)]


def shipped_registry() -> GuardRegistry:
    """A registry with the shipped guards and no inputs: whatever reads one refuses until it is supplied."""
    return GuardRegistry(*shipped_guards())
