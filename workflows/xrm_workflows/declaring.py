"""What workflows adds to the resources of others: nobody who declares a lifecycle writes these."""

from xrm_core.declare import virtual
from xrm_core.declare.registry import InverseInfo, Registry
from xrm_core.declare.specs import LinkSpec
from xrm_workflows.availability import transitions_of
from xrm_workflows.models import StateInterval


def add_lives(registry: Registry) -> None:
    """Every resource with a lifecycle has `availableTransitions` and `history`, unless it has its own.

    A 1:1 part of another resource has its history under the plugin's field of that resource.
    """
    for info in list(registry):
        if info.lifecycle is None:
            continue
        moves = virtual(
            "[AvailableTransition!]!",
            transitions_of(info.name),
            description="The moves from here, for the asking user; a refused one carries why.",
        )
        registry.extend_virtual(info.name, "available_transitions", moves)
        place = info.extends or info.name
        link = LinkSpec(inverse="history", inverse_list=True, name="object", target=place)
        namespace = info.plugin if info.extends else None
        history = InverseInfo("history", namespace, StateInterval.__resource__, [link], True)
        registry.extend_list(place, history)
