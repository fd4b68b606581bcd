"""What is wrong with a state machine, before anybody runs it (design.md §5)."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

from xrm_core.errors import Refusal
from xrm_workflows.definition import START, Computed, Mode, Move, Process
from xrm_workflows.guards import GuardRegistry

_EVENT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_DISSOLUTION = "DISSOLUTION"


def problems(
    process: Process, *, guards: GuardRegistry | None = None, resolvers: Collection[str] | None = None
) -> list[Refusal]:
    """Everything that keeps a process from being published; empty if it may be.

    With `guards` and `resolvers` given, the names that moves use must be among them.
    """
    found = contradictions(process)
    if not found:
        # Reachability means nothing while states are unknown.
        found = [*_unreachable(process), *_dead_ends(process)]
    for move in process.moves:
        found += [*_incomplete(move), *_unreasoned(process, move), *_unending(process, move)]
        found += _unknown_names(move, guards, resolvers)
    return found


def contradictions(process: Process) -> list[Refusal]:
    """What makes a process senseless: states unknown or repeated, two moves for one event and source."""
    return [*_repeated(process), *_unknown_states(process)]


def _repeated(process: Process) -> Iterator[Refusal]:
    for name, times in Counter(state.name for state in process.all_states).items():
        if times > 1:
            yield _problem("state_repeated", f"The state {name} is declared {times} times.", name)
    pairs = Counter((move.event, source) for move in process.moves for source in move.sources)
    for (event, source), times in pairs.items():
        if times > 1:
            yield _problem("move_repeated", f"{times} moves answer {event!r} from {source}.", event)


def _unknown_states(process: Process) -> Iterator[Refusal]:
    if process.initial not in process.by_name:
        yield _problem("state_unknown", f"The initial state {process.initial!r} is not declared.", "initial")
    for move in process.moves:
        for name in (*move.sources, *move.targets):
            is_known = name in process.by_name or (name == START and name in move.sources)
            if not is_known or (name == START and name in move.targets):
                yield _problem("state_unknown", f"{move.event!r} names the state {name!r}.", move.event)
        if not move.sources or not move.targets:
            yield _problem("move_endless", f"{move.event!r} has no source or no target.", move.event)


def _unreachable(process: Process) -> Iterator[Refusal]:
    leads_to: dict[str, set[str]] = {}
    for move in process.moves:
        for source in move.sources:
            leads_to.setdefault(source, set()).update(move.targets)
    seen = {process.initial, *leads_to.get(START, ())}
    pending = list(seen)
    while pending:
        fresh = leads_to.get(pending.pop(), set()) - seen
        seen |= fresh
        pending += fresh
    for name in process.by_name:
        if name not in seen:
            yield _problem("state_unreachable", f"No way leads to {name}.", name)


def _dead_ends(process: Process) -> Iterator[Refusal]:
    left = {source for move in process.moves for source in move.sources if set(move.targets) - {source}}
    for state in process.all_states:
        if not state.is_final and state.name not in left:
            yield _problem("dead_end", f"No way leads out of {state.name}, and it is not final.", state.name)


def _incomplete(move: Move) -> Iterator[Refusal]:
    if not _EVENT.fullmatch(move.event):
        yield _problem("event_name", f"{move.event!r} is not a verb in snake_case.", move.event)
    if not move.permission.strip():
        yield _problem("permission_missing", f"{move.event!r} needs no permission.", move.event)
    if move.label is None or not move.label.en.strip() or not move.label.fr.strip():
        yield _problem("label_missing", f"{move.event!r} is not named in English and French.", move.event)
    if move.mode is Mode.IMPORT:
        yield _problem("mode", f"{move.event!r}: imports set states, they make no moves.", move.event)


def _unreasoned(process: Process, move: Move) -> Iterator[Refusal]:
    """Entering dissolution takes a reason from the taxonomy (rules.md R-A-05)."""
    if not _enters(process, move, _DISSOLUTION):
        return
    if move.reason != "required" or not move.reason_codes:
        message = f"{move.event!r} enters dissolution and must take its reason from the taxonomy (R-A-05)."
        yield _problem("reason_missing", message, move.event)


def _enters(process: Process, move: Move, stage: str) -> bool:
    def stages(names: Collection[str]) -> set[str | None]:
        return {process.by_name[name].stage for name in names if name in process.by_name}

    return stage in stages(move.targets) and stages(move.sources) != {stage}


def _unending(process: Process, move: Move) -> Iterator[Refusal]:
    """Out of a final state leads only a new episode, and one begins only there (rules.md R-A-01)."""
    for source in move.sources:
        state = process.by_name.get(source)
        if state is not None and state.is_final != move.starts_episode:
            said = "does not start" if state.is_final else "starts"
            message = f"{move.event!r} from {source} {said} a new episode."
            yield _problem("final_state_left" if state.is_final else "episode", message, move.event)


def _unknown_names(
    move: Move, guards: GuardRegistry | None, resolvers: Collection[str] | None
) -> Iterator[Refusal]:
    for each in move.guard_uses if guards is not None else ():
        if guards is not None and not guards.knows(each.name):
            message = f"{move.event!r} asks {each.name}, which is not there."
            yield _problem("guard_unknown", message, move.event)
    if resolvers is not None and isinstance(move.target, Computed) and move.target.resolver not in resolvers:
        message = f"{move.event!r} goes where {move.target.resolver!r} says, which is not there."
        yield _problem("resolver_unknown", message, move.event)


def _problem(code: str, message: str, where: str) -> Refusal:
    return Refusal(f"workflows.{code}", message, where)
