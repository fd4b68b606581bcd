"""Guards: named conditions asked once for a whole batch of objects; whatever fails or is missing means no."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import structlog

from xrm_core.errors import Refusal
from xrm_workflows.definition import GuardUse
from xrm_workflows.errors import NameTaken

Answer = Refusal | None

_log = structlog.get_logger("xrm.workflows.guards")


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition and what it reads. Calling it asks the function as it was written."""

    name: str
    reads: tuple[str, ...]
    optional: tuple[str, ...]
    function: Callable[..., Any]
    takes_params: bool

    def __call__(self, ctx: Any, objects: Sequence[Any], params: Mapping[str, Any] | None = None) -> Any:
        """The function's answer, or its coroutine: one refusal or None for each object."""
        if self.takes_params:
            return self.function(ctx, objects, params or {})
        return self.function(ctx, objects)


@dataclass(frozen=True, slots=True)
class GuardInput:
    """Something guards read that is not on the object, and who supplies it for a batch."""

    name: str
    function: Callable[..., Any]

    def __call__(self, ctx: Any, objects: Sequence[Any]) -> Any:
        """One value for each object, None where it is not known, or a coroutine of that."""
        return self.function(ctx, objects)


def guard(
    name: str, *, reads: Iterable[Any] = (), optional: Iterable[str] = ()
) -> Callable[[Callable[..., Any]], Guard]:
    """Declares a guard: `(ctx, objects, params) -> list[Refusal | None]`, async or not; params are optional.

    A name in `reads` is an input, loaded once per batch and found in `params` under its name as a list in the
    order of the objects; where nothing supplies it, the guard is not asked and refuses. A field in `reads`
    (`Vehicle.insured_until`) is on the objects themselves. An `optional` input that nothing supplies is a
    list of None: the guard then says itself what it misses.
    """
    inputs = tuple(each for each in reads if isinstance(each, str))
    wanted = tuple(optional)

    def declare(function: Callable[..., Any]) -> Guard:
        takes_params = len(inspect.signature(function).parameters) > 2
        return Guard(name, inputs, wanted, function, takes_params)

    return declare


def guard_input(name: str) -> Callable[[Callable[..., Any]], GuardInput]:
    """Declares who supplies an input of guards: `(ctx, objects) -> list[value | None]`, async or not."""

    def declare(function: Callable[..., Any]) -> GuardInput:
        return GuardInput(name, function)

    return declare


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Values by the object's position in the batch; `unavailable` where nothing could supply the input."""

    values: Mapping[int, Any]
    unavailable: bool = False


class GuardRegistry:
    """The guards and inputs of the plugins that are enabled. The plugin host fills it."""

    def __init__(self, *declared: Guard | GuardInput) -> None:
        self._guards: dict[str, Guard] = {}
        self._inputs: dict[str, GuardInput] = {}
        self.add(*declared)

    def add(self, *declared: Guard | GuardInput) -> None:
        """Takes guards and inputs in. Raises: NameTaken, if another one bears the name."""
        for each in declared:
            shelf: dict[str, Any] = self._guards if isinstance(each, Guard) else self._inputs
            if shelf.get(each.name, each) is not each:
                raise NameTaken(each.name)
            shelf[each.name] = each

    def collect(self, module: ModuleType) -> None:
        """Takes in whatever guards and inputs a module declares. Raises: NameTaken."""
        self.add(*(each for each in vars(module).values() if isinstance(each, Guard | GuardInput)))

    def withdraw(self, *declared: Guard | GuardInput) -> None:
        """Forgets them, as when their plugin is disabled; moves that need them are refused from now on."""
        for each in declared:
            shelf: dict[str, Any] = self._guards if isinstance(each, Guard) else self._inputs
            if shelf.get(each.name) is each:
                del shelf[each.name]

    def knows(self, name: str) -> bool:
        """Whether a guard of that name is registered."""
        return name in self._guards

    def missing_inputs(self, name: str) -> tuple[str, ...]:
        """The inputs that this guard must have and nothing supplies; empty for a guard that is not known."""
        found = self._guards.get(name)
        return tuple(each for each in found.reads if each not in self._inputs) if found else ()

    async def answers(
        self, ctx: Any, objects: Sequence[Any], wanted: Mapping[GuardUse, Sequence[int]]
    ) -> dict[GuardUse, dict[int, Answer]]:
        """For every guard wanted, its answer for each object at the positions given.

        A guard is asked once for all its objects, an input is loaded once for all guards that read it, one
        after the other (a database session takes one question at a time).
        """
        loaded = await self._load(ctx, objects, wanted)
        answers: dict[GuardUse, dict[int, Answer]] = {}
        for each, positions in wanted.items():
            given = await self._ask(ctx, [objects[i] for i in positions], each, _slices(loaded, positions))
            answers[each] = dict(zip(positions, given, strict=True))
        return answers

    async def values(
        self, ctx: Any, objects: Sequence[Any], names: Sequence[str]
    ) -> dict[str, list[Any] | None]:
        """The inputs of these names for each object, for rules that are no guards.

        None for an input that nothing supplies, or whose supplier failed.
        """
        found: dict[str, list[Any] | None] = {}
        for name in names:
            loaded = await self._load_one(ctx, objects, name, range(len(objects)))
            found[name] = None if loaded.unavailable else list(loaded.values.values())
        return found

    async def _load(
        self, ctx: Any, objects: Sequence[Any], wanted: Mapping[GuardUse, Sequence[int]]
    ) -> dict[str, _Loaded]:
        needed: dict[str, set[int]] = {}
        for each, positions in wanted.items():
            found = self._guards.get(each.name)
            for name in (*found.reads, *found.optional) if found else ():
                needed.setdefault(name, set()).update(positions)
        return {name: await self._load_one(ctx, objects, name, sorted(at)) for name, at in needed.items()}

    async def _load_one(self, ctx: Any, objects: Sequence[Any], name: str, at: Sequence[int]) -> _Loaded:
        supplier = self._inputs.get(name)
        if supplier is None:
            return _Loaded({}, unavailable=True)
        try:
            values = await _awaited(supplier(ctx, [objects[i] for i in at]))
            return _Loaded(dict(zip(at, values, strict=True)))
        except Exception:
            # An input that fails is an input that is missing: the guards that read it refuse, nobody else.
            _log.exception("guard_input_failed", input=name, objects=len(at))
            return _Loaded({}, unavailable=True)

    async def _ask(
        self, ctx: Any, objects: Sequence[Any], asked: GuardUse, given: Mapping[str, list[Any] | None]
    ) -> Sequence[Answer]:
        found = self._guards.get(asked.name)
        if found is None:
            _log.error("guard_missing", guard=asked.name)
            return [_guard_missing(asked.name)] * len(objects)
        missing = [name for name in found.reads if given[name] is None]
        if missing:
            return [missing_input(*missing)] * len(objects)
        inputs = {name: given[name] or [None] * len(objects) for name in (*found.reads, *found.optional)}
        try:
            answer = await _awaited(found(ctx, objects, {**dict(asked.params), **inputs}))
            return _checked(answer, len(objects))
        except Exception:
            _log.exception("guard_failed", guard=asked.name, objects=len(objects))
            return [_guard_failed(asked.name)] * len(objects)


def missing_input(*names: str) -> Refusal:
    """The refusal that names what a guard would have to know and does not."""
    message = f"Not known, so the answer is no: {', '.join(names)}."
    return Refusal("workflows.missing_input", message, data={"inputs": list(names)})


def _guard_missing(name: str) -> Refusal:
    message = f"The check {name} is not available, so the answer is no."
    return Refusal("workflows.guard_missing", message, data={"guard": name})


def _guard_failed(name: str) -> Refusal:
    message = f"The check {name} could not be made, so the answer is no."
    return Refusal("workflows.guard_failed", message, data={"guard": name})


def _slices(loaded: Mapping[str, _Loaded], positions: Sequence[int]) -> dict[str, list[Any] | None]:
    return {
        # A guard's positions are among those loaded for it; inputs of other guards may lack them.
        name: None if each.unavailable else [each.values.get(i) for i in positions]
        for name, each in loaded.items()
    }


def _checked(answer: Any, length: int) -> Sequence[Answer]:
    """The answer, if it is one refusal or None for each object. Raises: TypeError otherwise."""
    if not isinstance(answer, list | tuple) or len(answer) != length:
        raise TypeError(f"a guard answers with {length} values, this one gave {answer!r:.200}")
    if any(each is not None and not isinstance(each, Refusal) for each in answer):
        raise TypeError("a guard answers with Refusal or None")
    return answer


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
