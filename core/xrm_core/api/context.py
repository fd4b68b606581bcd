"""What resolvers of one GraphQL operation share: the asker, the application, the loader of objects."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

from xrm_core.identity.actor import Actor

if TYPE_CHECKING:
    from xrm_core.api.loader import ObjectLoader
    from xrm_core.app import Application


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

    @property
    def most_cost(self) -> int:
        """The most rows that this operation may be estimated to cost."""
        settings = self.app.settings
        return settings.max_export_cost if self.exports else settings.max_cost


# What graphql-core hands a resolver in one of our operations.
ResolveInfo = GraphQLResolveInfo[ApiContext]
