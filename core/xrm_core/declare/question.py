"""`@query`: a question that is more than a list – computed from rules, answered with a plain shape."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from xrm_core.declare.registry import is_within
from xrm_core.text import camel

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class QueryInfo:
    """One question: its permission, its arguments with their types and defaults, its answer."""

    name: str
    run: Callable[..., Awaitable[Any]]
    arguments: dict[str, tuple[Any, Any]]
    returns: Any
    field: str
    description: str

    @property
    def plugin(self) -> str:
        """The plugin that owns it."""
        return self.name.split(".", 1)[0]

    @property
    def object(self) -> str:
        """What its permission is about: `credit.invoice`."""
        return self.name.rpartition(".")[0]

    @property
    def action(self) -> str:
        """The action its permission is about: `aged_balance`."""
        return self.name.rpartition(".")[2]


class Queries:
    """All questions of this process, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, QueryInfo] = {}

    def add(self, info: QueryInfo) -> None:
        """Take a question in. Raises ValueError if its name is taken."""
        if info.name in self._by_name:
            raise ValueError(f"the query {info.name} is declared twice")
        self._by_name[info.name] = info

    def __iter__(self) -> Iterator[QueryInfo]:
        return iter(list(self._by_name.values()))

    def withdraw(self, package: str) -> None:
        """Forget what the modules of a package declared."""
        for info in self:
            if is_within(info.run.__module__, package):
                del self._by_name[info.name]

    def enabled(self, plugins: set[str]) -> list[QueryInfo]:
        """The questions of core and of these plugins."""
        return [info for info in self._by_name.values() if info.plugin in {"core", *plugins}]


QUERIES = Queries()


def query(name: str) -> Callable[[F], F]:
    """Declare `async def f(ctx, argument, …) -> Answer` as a field of Query under the permission `name`.

    Arguments are what the function takes, by annotation; the docstring is the API's description.
    """

    def declare(function: F) -> F:
        hints = get_type_hints(function)
        parameters = list(inspect.signature(function).parameters.values())[1:]
        arguments = {parameter.name: (hints[parameter.name], parameter.default) for parameter in parameters}
        description = " ".join((function.__doc__ or "").split())
        QUERIES.add(
            QueryInfo(name, function, arguments, hints["return"], camel(function.__name__), description)
        )
        return function

    return declare
