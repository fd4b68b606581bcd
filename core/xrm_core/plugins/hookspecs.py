"""What plugins may implement. A hook that raises counts as a no; it never stops the others."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from xrm_core.data.load.lives import ImportedLife
    from xrm_core.declare.context import Context
    from xrm_core.declare.registry import Registry
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

    @hookspec
    def extend_declarations(self, registry: "Registry") -> None:
        """Add virtual values and lists to resources that others declared.

        *Called* once a load, after every installed plugin has declared what it has; only of plugins that are
        always on. May run again in one process: what is there already stays.
        *Raises*: whatever it raises stops the start.
        """

    @hookspec(firstresult=True)
    def begin_life(self, ctx: "Context", subject: Any) -> bool | None:
        """Put a new object with a lifecycle in its first state and open its history.

        *Called* by `ctx.add` for an object whose state is not set. Returns true if the process is known.
        """

    @hookspec
    def confirm_births(self, ctx: "Context", subjects: Sequence[Any]) -> Any:
        """Ask the guards of the lives that `begin_life` began; may be a coroutine.

        *Called* once a unit of work, before it is written, with all objects whose life began in it.
        *Raises*: IllegalTransition with every reason at once; then nothing is written.
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
    def moved(
        self, ctx: "Context", subject: Any, source: str, reason: str | None, data: Mapping[str, Any]
    ) -> Any:
        """Carry on after a move of an object's state machine: `subject` is in its new state; may be a coroutine.

        `data` is what was filled in, checked, under the names in code.
        *Called* once a move, in its unit of work, after state and history are written.
        *Raises*: whatever it raises stops the move, and nothing is written.
        """

    @hookspec
    def transition_objections(
        self, ctx: "Context", subjects: Sequence[Any], event: str
    ) -> "Any | list[list[Refusal]]":
        """Reasons why a plugin objects to a move of objects it knows about, a list for each; may be a coroutine.

        *Called* after the machine's own guards, before the move is written, and once a batch where moves are
        shown. An empty answer is consent.
        *Raises*: if it raises, the move is refused.
        """

    @hookspec
    def conformance_problems(self, plugin_id: str, package: str) -> Any:
        """A list of what is wrong with a plugin, in words, as far as the hook's implementer can tell.

        `package` holds the plugin's code.

        *Called* by the conformance suite; workflows checks the plugin's state machines.
        """
