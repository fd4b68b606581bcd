"""A state machine as data: states, and the moves between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from xrm_workflows.errors import UnknownState
from xrm_workflows.form import FormField
from xrm_workflows.labels import Label

# Where an object is before it exists: the source of moves that create it (Mermaid writes it the same way).
START = "[*]"


class Mode(StrEnum):
    """Who makes a move.

    Of a move's definition: `MANUAL` by hand only; `AUTO` by the rule engine, or by hand with a reason;
    `PROPOSED` by hand, where a rule proposes it with its evidence. Of a move made: besides these, `IMPORT`.
    """

    MANUAL = "manual"
    AUTO = "auto"
    PROPOSED = "proposed"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class State:
    """A place in an object's life. Final: life may end here, and only a new episode leads out."""

    name: str
    is_final: bool = False
    stage: str | None = None
    substage: str | None = None
    label: Label | None = None


def final(name: str, label: Label | None = None) -> State:
    """A state in which an object's life may end."""
    return State(name, is_final=True, label=label)


@dataclass(frozen=True, slots=True)
class GuardUse:
    """A guard by name, with the parameters that this move gives it."""

    name: str
    params: tuple[tuple[str, Any], ...] = ()


def use(name: str, **params: Any) -> GuardUse:
    """The guard with these parameters, such as `use("workflows.tenure", minimum_days=180)`."""
    return GuardUse(name, tuple(sorted(params.items())))


@dataclass(frozen=True, slots=True)
class Computed:
    """A target found at move time by the resolver of that name; `among` lists every state it can yield."""

    resolver: str
    among: tuple[str, ...]


def before(resolver: str, among: Iterable[str]) -> Computed:
    """A target that depends on the object's past, such as the stage before (rules.md R-A-08)."""
    return Computed(resolver, tuple(among))


@dataclass(frozen=True)
class Move:
    """A way from some states to another.

    `permission` is what the mover needs. `reason` "required" makes every hand move say why; `reasons`, where
    given, is the closed list of codes for it. `form` is what the move takes in `data`, `trigger` the rule it
    implements (`T5`), `proposed_by` the rules that propose it. `starts_episode` begins a new life.
    """

    event: str
    _: KW_ONLY
    sources: Sequence[str]
    target: str | Computed
    permission: str
    guards: Sequence[str | GuardUse] = ()
    reason: Literal["required"] | None = None
    reasons: Mapping[str, Label] = field(default_factory=dict, hash=False)
    form: Mapping[str, FormField] = field(default_factory=dict, hash=False)
    mode: Mode = Mode.MANUAL
    trigger: str = ""
    proposed_by: Sequence[str] = ()
    starts_episode: bool = False
    label: Label | None = None

    def __post_init__(self) -> None:
        # Lists are what authors write; tuples are what a definition shared by all requests may hold.
        for name in ("sources", "guards", "proposed_by"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @cached_property
    def guard_uses(self) -> tuple[GuardUse, ...]:
        """The guards to be asked, with their parameters."""
        return tuple(GuardUse(each) if isinstance(each, str) else each for each in self.guards)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Every state that this move can lead to."""
        return self.target.among if isinstance(self.target, Computed) else (self.target,)

    @cached_property
    def reason_codes(self) -> tuple[str, ...]:
        """The codes its reason comes from; empty if the reason is free text."""
        return tuple(self.reasons)

    def label_in(self, language: str | None) -> str:
        """What a person reads on the button; the event's name where no label was written."""
        return self.label.of(language) if self.label else self.event


@dataclass(frozen=True)
class Process:
    """The life of one kind of object. `master` is the field of the object that the machine moves.

    `initial` is the first state listed unless named; `resource` is the id unless named.
    """

    id: str
    states: Sequence[str | State]
    moves: Sequence[Move]
    _: KW_ONLY
    initial: str = ""
    title: Label | None = None
    resource: str = ""
    master: str = "state"
    version: int = 1

    def __post_init__(self) -> None:
        states = tuple(State(each) if isinstance(each, str) else each for each in self.states)
        object.__setattr__(self, "states", states)
        object.__setattr__(self, "moves", tuple(self.moves))
        object.__setattr__(self, "initial", self.initial or (states[0].name if states else ""))
        object.__setattr__(self, "resource", self.resource or self.id)

    @cached_property
    def all_states(self) -> tuple[State, ...]:
        """The states in the order they were declared."""
        return tuple(each for each in self.states if isinstance(each, State))

    @cached_property
    def by_name(self) -> dict[str, State]:
        """The states under their names."""
        return {state.name: state for state in self.all_states}

    @cached_property
    def rule_version(self) -> str:
        """What a history row notes as the definition it was made under (rules.md R-A-04)."""
        return f"{self.id}@{self.version}"

    def state(self, name: str) -> State:
        """The state of that name. Raises: UnknownState."""
        found = self.by_name.get(name)
        if found is None:
            raise UnknownState(name, self.id, self.by_name)
        return found


def import_state(process: Process, state: str) -> State:
    """The state that an imported history puts an object in, whatever the moves allow.

    Only imports with origin `migration` skip the moves; the state must exist (rules.md §A2, R-A-07).

    Raises: UnknownState.
    """
    return process.state(state)
