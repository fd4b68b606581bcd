"""How workflows say no; refusals of guards and forms are values (`Refusal`), these are raised."""

from collections.abc import Iterable, Sequence

from xrm_core.errors import DomainError, Refusal, WireCode


class UnknownState(DomainError):
    """The state machine has no such state."""

    code = "workflows.unknown_state"

    def __init__(self, state: str, process: str, known: Iterable[str]) -> None:
        super().__init__(f"{process} has no state {state!r}; it has {', '.join(known)}.", field="state")


class UnknownProcess(DomainError):
    """No state machine moves objects of this kind."""

    code = "workflows.unknown_process"
    wire = WireCode.NOT_FOUND

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        super().__init__(f"No state machine for {kind!r}; there are machines for {', '.join(known)}.")


class InvalidDefinition(DomainError):
    """A state machine contradicts itself and cannot run; the problems name every contradiction."""

    code = "workflows.invalid_definition"

    def __init__(self, process: str, problems: Sequence[Refusal]) -> None:
        reasons = " ".join(problem.message for problem in problems)
        super().__init__(f"{process} cannot run. {reasons}", problems=problems)


class NameTaken(DomainError):
    """Two guards, or two suppliers of one input, claim one name: neither may silently replace the other."""

    code = "workflows.name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is registered already.", field="name")


class MovedBackInTime(DomainError):
    """A move would end an interval before it began (rules.md R-A-01: contiguous, not overlapping)."""

    code = "workflows.moved_back_in_time"

    def __init__(self, entered_at: object, moved_at: object) -> None:
        super().__init__(f"The present state was entered at {entered_at}; it cannot be left at {moved_at}.")
