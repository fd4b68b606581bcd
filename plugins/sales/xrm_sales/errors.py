"""The ways in which sales says no, beside the refusals of its rules."""

from xrm_core.errors import DomainError, IllegalTransition, Refusal


class NoCustomerRelationship(DomainError):
    """Our unit has no customer relationship with the party: opportunities hang on one (rules.md D1, R-0-08)."""

    code = "sales.no_customer_relationship"

    def __init__(self, field: str) -> None:
        super().__init__("The party is not a customer of the unit: make the relationship first.", field=field)


class NoSuchMove(IllegalTransition):
    """No move leads from the one stage to the other."""

    code = "sales.no_such_move"

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"No move leads from {source} to {target}.", field="stage")


class NeighbourElsewhere(DomainError):
    """A card can be put beside cards of the same lane only: same unit, same stage."""

    code = "sales.neighbour_elsewhere"

    def __init__(self, field: str) -> None:
        super().__init__("That opportunity is in another lane of the board.", field=field)


class SeveralCurrencies(DomainError):
    """Amounts of several currencies do not add up: the asker says which one is meant."""

    code = "sales.several_currencies"

    def __init__(self, currencies: list[str]) -> None:
        said = ", ".join(currencies)
        super().__init__(f"There are opportunities in {said}: name one currency.", field="currency")


def action_not_allowed(action: str, stage: str | None, reasons: tuple[Refusal, ...]) -> list[Refusal]:
    """Why a commercial action is not allowed: the answer first, then every rule that fails (rules.md A6)."""
    message = f"{action} is not allowed towards this party now."
    data = {"action": action, "stage": stage, "failing": [reason.code for reason in reasons]}
    return [Refusal("sales.action_not_allowed", message, "kind", data), *reasons]
