"""What the plugin ships as tables: the pipeline, loss reasons, what stages allow, who knows which fact."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from xrm_sales.rules import GatingMatrix, Pipeline, gating_matrix, pipeline


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a shipped table."""
    text = (files("xrm_sales") / "seeds" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def shipped_pipeline() -> Pipeline:
    """The stages as shipped (rules.md D2)."""
    return pipeline(rows("pipeline_stages"))


@cache
def shipped_matrix() -> GatingMatrix:
    """Which stage allows which commercial action (rules.md A6)."""
    return gating_matrix(rows("gating"))


@cache
def fact_inputs() -> dict[str, str]:
    """Facts that others supply, and the input under which they do; its first part is their plugin."""
    return {row["fact"]: row["input"] for row in rows("facts")}
