"""Abandonment as an indicator: what share of the customers who ever bought has lapsed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xrm_governance.rules.indicator import Definition, Indicator, Scope, ratio
from xrm_governance.rules.lapse import LapseState

ABANDONMENT = Definition("governance.abandonment", 1, "fraction")


@dataclass(frozen=True, slots=True)
class Abandonment:
    """The share of abandoners, beside the customers in each state."""

    share: Indicator
    by_state: Mapping[LapseState, int]


def abandonment(states: Iterable[LapseState], *, scope: Scope) -> Abandonment:
    """Abandoned / all who bought by the day (rules.md E1). The scope's population is set to the latter."""
    counted = Counter(states)
    by_state = {state: counted.get(state, 0) for state in LapseState}
    known = sum(by_state.values())
    whole = Scope(known, scope.period, scope.as_of, scope.exclusions)
    return Abandonment(ratio(ABANDONMENT, by_state[LapseState.ABANDONED], known, scope=whole), by_state)
