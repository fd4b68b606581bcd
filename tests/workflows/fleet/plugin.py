"""The manifest, and what the plugin has to say about moves and holds."""

from collections.abc import Sequence
from typing import Any

from xrm_core.declare import Context
from xrm_core.errors import Refusal
from xrm_core.plugins import Plugin, hookimpl

plugin = Plugin(
    id="fleet",
    title={"en": "Fleet", "fr": "Flotte"},
    summary={"en": "Cars lent to partners.", "fr": "Voitures prêtées aux partenaires."},
    version="1.0.0",
    package="tests.workflows.fleet",
)
# What a test lets the plugin say: holds by relationship, and what it does when asked about a move.
HOLDS: dict[Any, str] = {}
OBJECTIONS: dict[str, str] = {}


@hookimpl
async def holds(ctx: Context, relationship_ids: Sequence[Any]) -> dict[Any, str]:
    """The holds among them."""
    return {one: HOLDS[one] for one in relationship_ids if one in HOLDS}


@hookimpl
def transition_objections(subjects: Sequence[Any], event: str) -> list[list[Refusal]]:
    """What a test wants to be said of this event."""
    said = OBJECTIONS.get(event)
    if said == "broken":
        raise RuntimeError("the plugin is broken")
    return [[Refusal("fleet.objected", said)] if said else [] for _ in subjects]
