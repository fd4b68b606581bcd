"""Plain shapes the probe answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xrm_core.graph.party import Party
from xrm_core.ids import Id
from xrm_core.money import Money


@dataclass(frozen=True, slots=True)
class ProbeNote:
    """A remark with a number."""

    text: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """A party, perhaps a second one, and what is said of them."""

    party: Id[Party]
    other: Id[Party] | None
    amount: Money
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProbeSheet:
    """Lines, and the parties on them."""

    id: str
    lines: list[ProbeLine]
    parties: list[Id[Party]]
    note: ProbeNote | None = None
