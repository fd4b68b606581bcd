"""What resolvers of one GraphQL operation share: the asker, the application, the loader of objects."""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

from xrm_core.errors import LimitExceeded, TooCostly
from xrm_core.identity.actor import Actor

if TYPE_CHECKING:
    from xrm_core.api.loader import ObjectLoader
    from xrm_core.app import Application

# A field of Query that has statements of its own, as `search` has, stands so often in one question at most.
MOST_ASKED = 30


@dataclass(slots=True)
class ApiContext:
    """One operation on its way."""

    app: "Application"
    actor: Actor | None
    request_id: str
    token: str | None = None
    # Where the request comes from, as the server sees it.
    address: str = ""
    loader: "ObjectLoader" = None  # type: ignore[assignment]
    hidden: dict[str, None] = field(default_factory=dict)
    cookie: dict[str, Any] | None = None
    reads_only: bool = False
    # Whether the answer shall say what it was estimated to cost, and the estimate, in rows.
    shows_cost: bool = False
    cost: int = 0
    # Whether this is a request in export mode, by somebody who may export.
    exports: bool = False
    # Returns once whoever asked has gone; None: they wait.
    gone: Callable[[], Coroutine[Any, Any, None]] | None = None
    # What a subscription is telling.
    event: Any = None
    # How often what has statements of its own was asked.
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def most_cost(self) -> int:
        """The most rows that this operation may be estimated to cost."""
        settings = self.app.settings
        return settings.max_export_cost if self.exports else settings.max_cost

    def asks(self, what: str, rows: int) -> None:
        """One field more that has statements of its own. Raises: LimitExceeded, TooCostly."""
        self.asked[what] += 1
        if self.asked[what] > MOST_ASKED:
            raise LimitExceeded(
                f"{what} is asked at most {MOST_ASKED} times in one question; ask the rest in another one.",
                field=what,
            )
        self.spend(rows)

    def spend(self, rows: int) -> None:
        """The operation costs so many rows more. Raises: TooCostly."""
        if self.cost + rows > self.most_cost:
            raise TooCostly(self.cost + rows, self.most_cost)
        self.cost += rows


# What graphql-core hands a resolver in one of our operations.
ResolveInfo = GraphQLResolveInfo[ApiContext]
