"""What the plugin ships as tables: indicators, reports, kinds of loss, limits of concentration."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from xrm_governance.errors import UnknownIndicator
from xrm_governance.rules import AttritionKind, Definition, concentration_limits, reason_kinds
from xrm_governance.rules.abandonment import ABANDONMENT
from xrm_governance.rules.attrition import LOGO_CHURN
from xrm_governance.rules.concentration import HHI
from xrm_governance.rules.pareto import CLASS_A_SHARE

_DEFINITIONS = {
    "logo_churn": LOGO_CHURN,
    "abandonment": ABANDONMENT,
    "abc": CLASS_A_SHARE,
    "concentration": HHI,
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """An indicator by name, how its main figure is defined, what it can be grouped by, and its words."""

    name: str
    definition: Definition
    group_by: tuple[str, ...]
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a shipped table."""
    text = (files("xrm_governance") / "seeds" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def indicators() -> dict[str, Shipped]:
    """Every indicator by its name, in order."""
    return {
        row["name"]: Shipped(
            row["name"],
            _DEFINITIONS[row["name"]],
            tuple(row["group_by"].split()),
            {"en": row["title_en"], "fr": row["title_fr"]},
            {"en": row["description_en"], "fr": row["description_fr"]},
        )
        for row in rows("indicators")
    }


def indicator_of(name: str) -> Shipped:
    """The indicator of that name. Raises: UnknownIndicator."""
    found = indicators().get(name)
    if found is None:
        raise UnknownIndicator(name, indicators())
    return found


@cache
def loss_kinds() -> dict[str, AttritionKind]:
    """Kind of loss by the reason for which a relationship ended (rules.md E1)."""
    return reason_kinds(rows("attrition_reasons"))


@cache
def share_limits() -> dict[str, Decimal]:
    """The share above which an object is too large, by subject (rules.md E16)."""
    return concentration_limits(rows("concentration_limits"))
