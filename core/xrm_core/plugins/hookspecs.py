"""What plugins may implement. A hook that raises counts as a no; it never stops the others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from xrm_core.data.load.lives import ImportedLife
    from xrm_core.declare.context import Context
    from xrm_core.errors import Refusal

hookspec = pluggy.HookspecMarker("xrm")
hookimpl = pluggy.HookimplMarker("xrm")


class Hooks:
    """All hooks, in the order of a plugin's life."""

    @hookspec
    def seed(self, ctx: "Context") -> Any:
        """Write the data the plugin ships, when it is enabled; may be a coroutine.

        *Called* once an enabling, inside one unit of work, after the migration. Must not write twice what is there.
        *Raises*: whatever it raises stops the enabling, and nothing is written.
        """

    @hookspec
    def demo(self, ctx: "Context", books: Any, customers: dict[str, Any]) -> Any:
        """Load the plugin's part of made-up books; may be a coroutine.

        `customers` maps a customer's number in the books to (party id, relationship id).
        *Called* by the demo, in one unit of work, after the real data, plugins in the order they require each other.
        """

    @hookspec
    def imported_lives(self, ctx: "Context", lives: "Sequence[ImportedLife]") -> Any:
        """Write the histories of relationships whose stage an import has set (rules.md R-A-07); may be a coroutine.

        *Called* once an import, in its unit of work, after the relationships are written with their stage. A
        relationship may have a history already (its file grew): the life follows it, and ends the open interval.
        *Raises*: whatever it raises stops the import, and nothing is written.
        """

    @hookspec
    def holds(self, ctx: "Context", relationship_ids: Sequence[Any]) -> Any:
        """Relationships under a hold: a mapping from relationship id to SOFT, HARD or LEGAL; may be a coroutine.

        *Called* by guards that must not let business grow under a hold, once a batch.
        *Raises*: if it raises, every relationship counts as held.
        """

    @hookspec(firstresult=True)
    def begin_life(self, ctx: "Context", subject: Any) -> bool | None:
        """Put a new object with a lifecycle in its first state and open its history.

        *Called* by `ctx.add` for an object whose state is not set. Returns true if the process is known.
        """

    @hookspec(firstresult=True)
    def perform_move(
        self, ctx: "Context", subject: Any, event: str, reason: str | None, data: Any, mode: str
    ) -> Any:
        """Make a move of an object's state machine: guards asked, state set, history written.

        *Called* by `ctx.move`, and after a command declared with `move=`. A coroutine that answers a MoveResult.
        *Raises*: IllegalTransition or Invalid with every reason at once.
        """

    @hookspec
    def transition_objections(self, ctx: "Context", subject: Any, event: str) -> "Any | list[Refusal]":
        """Reasons why a plugin objects to a move of an object it knows about; may be a coroutine.

        *Called* after the machine's own guards, before the move is written. An empty answer is consent.
        *Raises*: if it raises, the move is refused.
        """

    @hookspec
    def conformance_problems(self, plugin_id: str) -> Any:
        """A list of what is wrong with a plugin, in words, as far as the hook's implementer can tell.

        *Called* by the conformance suite; workflows checks the plugin's state machines.
        """
