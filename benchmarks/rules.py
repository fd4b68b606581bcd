"""A role with three policies on each type that is asked for, under which exactly the same rows are seen as without.

One policy by unit, one by a filter, one denial that is looked at for every row and never holds: the rows and the JSON
are those of the administrator, so what differs is what rules cost.
"""

from typing import Any

import xrm_core.app
from xrm_core.access.policies import Policy

ROLE = "measured"
_UNIT_BOUND = {
    "core.relationship": '{basis: {eq: "withheld"}}',
    "core.interaction": '{outcome: {eq: "withheld"}}',
    "core.dealing": '{category: {eq: "withheld"}}',
    "core.task": '{outcome: {eq: "withheld"}}',
}


def _policies() -> list[Policy]:
    found = []
    for object_, withheld in _UNIT_BOUND.items():
        found += [
            Policy(ROLE, "own", object_, "read", "allow", "{}", "*"),
            Policy(ROLE, "all", object_, "read", "allow", "{unitId: {isNull: true}}", "*"),
            Policy(ROLE, "all", object_, "read", "deny", withheld, "*"),
        ]
    # Neither has a unit: their rows are divided by filters.
    return [
        *found,
        Policy(ROLE, "all", "core.party", "read", "allow", "{kind: {eq: ORGANISATION}}", "*"),
        Policy(ROLE, "all", "core.party", "read", "allow", "{kind: {eq: PERSON}}", "*"),
        Policy(ROLE, "all", "core.party", "read", "deny", '{source: {eq: "withheld"}}', "*"),
        Policy(ROLE, "all", "core.relationship_type", "read", "allow", "{managed: {eq: true}}", "*"),
        Policy(ROLE, "all", "core.relationship_type", "read", "allow", "{managed: {eq: false}}", "*"),
        Policy(ROLE, "all", "core.relationship_type", "read", "deny", '{code: {eq: "WITHHELD"}}', "*"),
    ]


def add() -> None:
    """This process knows the role beside the product's own."""
    shipped = getattr(xrm_core.app, "read_policies")  # noqa: B009 - not a name that it exports

    def read_policies(package: str) -> list[Any]:
        return [*shipped(package), *(_policies() if package == "xrm_core" else ())]

    setattr(xrm_core.app, "read_policies", read_policies)  # noqa: B010 - replacing the name is the point
