"""The named conditions that the gating matrix is written in, each with the input it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from xrm_core.errors import DomainError, Refusal
from xrm_sales.rules.edge import EdgeFacts


class UnknownCondition(DomainError):
    """The gating matrix names a condition that nobody knows; it is refused as a whole."""

    code = "sales.unknown_condition"

    def __init__(self, condition: str) -> None:
        super().__init__(f"There is no gating condition {condition!r}.", field="conditions")


@dataclass(frozen=True, slots=True)
class Check:
    """How a condition is judged: the input it reads, the test, and the demand in words."""

    input: str
    holds: Callable[[EdgeFacts, str], bool]
    demand: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A named condition with its parameter, empty if it takes none; written `name:parameter`."""

    name: str
    parameter: str = ""

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """The condition the text states. Raises: UnknownCondition."""
        name, _, parameter = text.strip().partition(":")
        if name not in CHECKS or bool(parameter) != ("{}" in CHECKS[name].demand):
            raise UnknownCondition(text)
        return cls(name, parameter)

    @property
    def input(self) -> str:
        """The input of EdgeFacts that the condition reads."""
        return CHECKS[self.name].input

    def refusal(self, facts: EdgeFacts) -> Refusal | None:
        """None if the condition holds; an unknown input fails it and is named (rules.md A6)."""
        if getattr(facts, self.input) is None:
            data = {"input": self.input, "condition": self.name}
            message = f"It is not known whether {self.demand}: {self.input} is missing."
            return Refusal("sales.gating_input_missing", message, self.input, data)
        if CHECKS[self.name].holds(facts, self.parameter):
            return None
        data = {"condition": self.name, "parameter": self.parameter}
        return Refusal(f"sales.gating_{self.name}", f"Needed: {self.demand}.", self.input, data)

    @property
    def demand(self) -> str:
        """What must be true, in words."""
        return CHECKS[self.name].demand.format(self.parameter)


def _at_least(name: str) -> Callable[[EdgeFacts, str], bool]:
    return lambda facts, limit: bool(getattr(facts, name) >= Decimal(limit))


def _is_true(name: str) -> Callable[[EdgeFacts, str], bool]:
    return lambda facts, _: getattr(facts, name) is True


def _below_level_or(name: str) -> Callable[[EdgeFacts, str], bool]:
    return lambda facts, level: (facts.dunning_level or 0) < int(level) or getattr(facts, name) is True


CHECKS: dict[str, Check] = {
    "substage": Check("substage", lambda f, wanted: f.substage == wanted, "the sub-stage is {}"),
    "health": Check("health", _at_least("health"), "health is at least {}"),
    "nps": Check("nps", _at_least("nps"), "the recommendation score is at least {}"),
    "level": Check("level", _at_least("level"), "the relationship level is at least {}"),
    "last_delivery_ok": Check(
        "last_delivery_ok", _is_true("last_delivery_ok"), "the last delivery went well"
    ),
    "on_request": Check("is_requested", _is_true("is_requested"), "the party asked for it"),
    "inbound": Check("is_inbound", _is_true("is_inbound"), "the party came to us"),
    "right_to_solicit": Check(
        "has_right_to_solicit",
        _is_true("has_right_to_solicit"),
        "consent or legitimate interest is on record",
    ),
    "cooled_off": Check(
        "days_since_dissolution", _at_least("days_since_dissolution"), "{} days have passed since the end"
    ),
    "contract_allows": Check(
        "contract_allows_increase", _is_true("contract_allows_increase"), "the contract provides for it"
    ),
    "contractual_date": Check(
        "is_contractual_date", _is_true("is_contractual_date"), "the contract fixes the date"
    ),
    "handled_by_owner": Check(
        "is_handled_by_owner", _is_true("is_handled_by_owner"), "the owner does it, not automation"
    ),
    "first_survey_in_stage": Check(
        "surveys_in_stage", lambda f, _: f.surveys_in_stage == 0, "no survey was sent in this stage"
    ),
    "plan_closing": Check("is_plan_closing", _is_true("is_plan_closing"), "the repair plan is being closed"),
    "exit_survey": Check("is_exit_survey", _is_true("is_exit_survey"), "it is the exit survey"),
    "released_from_level": Check(
        "dunning_level", _below_level_or("is_released_by_owner"), "the owner released it, from level {} on"
    ),
    "called_from_level": Check(
        "dunning_level", _below_level_or("is_called"), "the party was called before, from level {} on"
    ),
    "no_hold": Check("hold", lambda f, _: f.hold == "NONE", "there is no credit hold"),
    "no_open_sev1": Check("open_sev1", lambda f, _: f.open_sev1 == 0, "no severity 1 complaint is open"),
    "disputed_share": Check(
        "disputed_share",
        lambda f, limit: f.disputed_share is not None and f.disputed_share <= Decimal(limit),
        "not more than {} of the balance is disputed",
    ),
    "wear_out_below_cap": Check(
        "is_wear_out_cap_reached",
        lambda f, _: f.is_wear_out_cap_reached is False,
        "the cap on solicitations is not reached",
    ),
    "marketing_permission": Check(
        "has_marketing_permission", _is_true("has_marketing_permission"), "marketing permission is valid"
    ),
    "no_legal_elsewhere": Check(
        "other_edges",
        lambda f, _: all(edge.hold != "LEGAL" for edge in f.other_edges),
        "no other relationship of the party is in the hands of lawyers",
    ),
}
