"""`@command`: what one can do. Transaction, permission, validation, audit, event and mutation come with it."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict

from xrm_core.declare.context import Context
from xrm_core.declare.registry import is_within
from xrm_core.text import camel, pascal

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


class Input(BaseModel):
    """What a command is given; every wrong field is told at once."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=camel,
        populate_by_name=True,
        arbitrary_types_allowed=True,
    )


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """One command: its permission, the object it changes, what it is given and what it answers."""

    name: str
    run: Callable[..., Awaitable[Any]]
    on: type[Any] | None
    given: type[Input] | None
    returns: Any
    flat: bool
    mutation: str
    description: str
    move: str | None = None
    dry_field: bool = False
    checks_itself: bool = False

    @property
    def plugin(self) -> str:
        """The plugin that owns it."""
        return self.name.split(".", 1)[0]

    @property
    def object(self) -> str:
        """The resource its permission is about: `legal.contract`."""
        return self.name.rpartition(".")[0]

    @property
    def action(self) -> str:
        """The action its permission is about: `sign`."""
        return self.name.rpartition(".")[2]

    @property
    def input_name(self) -> str:
        """The name of its GraphQL input; one that was promised before the command had a name says so itself."""
        return getattr(self.given, "__graphql__", None) or f"{pascal(self.mutation)}Input"


class Commands:
    """All commands of this process, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, CommandInfo] = {}

    def add(self, info: CommandInfo) -> None:
        """Take a command in. Raises ValueError if its name is taken."""
        if info.name in self._by_name:
            raise ValueError(f"the command {info.name} is declared twice")
        self._by_name[info.name] = info

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> CommandInfo:
        return self._by_name[name]

    def __iter__(self) -> Iterator[CommandInfo]:
        return iter(list(self._by_name.values()))

    def withdraw(self, package: str) -> None:
        """Forget what the modules of a package declared."""
        for info in self:
            if is_within(info.run.__module__, package):
                del self._by_name[info.name]

    def enabled(self, plugins: set[str]) -> list[CommandInfo]:
        """The commands of core and of these plugins."""
        return [info for info in self._by_name.values() if info.plugin in {"core", *plugins}]

    def behind(self, function: Any) -> CommandInfo:
        """The command a decorated function is."""
        return self._by_name[function.__command__]


COMMANDS = Commands()


def command(
    name: str,
    *,
    on: type[Any] | None = None,
    move: str | None = None,
    flat: bool = False,
    unit: bool = False,
    checks_itself: bool = False,
) -> Callable[[F], F]:
    """Declare `async def f(ctx[, object][, given]) -> Result` as the command and permission `name`.

    `on` loads and locks the object its `id` names; `move` makes it that transition of the object's lifecycle;
    `flat` puts the arguments beside the mutation instead of in `input`. The docstring is the API's description.
    `checks_itself`: which permission it takes depends on what it is given, and it asks for that one itself.
    """

    def declare(function: F) -> F:
        hints = get_type_hints(function)
        parameters = [p for p in inspect.signature(function).parameters if p != "ctx"]
        given = next((hints[p] for p in parameters if _is_input(hints.get(p))), None)
        COMMANDS.add(
            CommandInfo(
                name=name,
                run=function,
                on=on,
                given=given,
                returns=hints.get("return") if hints.get("return") is not type(None) else on,
                flat=flat,
                mutation=camel(function.__name__),
                description=" ".join((function.__doc__ or "").split()),
                move=move,
                checks_itself=checks_itself,
            )
        )
        function.__command__ = name  # type: ignore[attr-defined]
        return function

    return declare


def _is_input(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Input)


__all__ = ["COMMANDS", "CommandInfo", "Commands", "Context", "Input", "command"]
