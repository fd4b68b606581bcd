"""What the plugin ships in seeds/: clauses and templates in two languages, and matrices; read once."""

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from xrm_legal.rules import LevelRule, level_rules

LANGUAGES = ("fr", "en")
_SEEDS = files("xrm_legal").joinpath("seeds")


@cache
def signature_matrix() -> tuple[LevelRule, ...]:
    """Which signature level a type and value of contract needs (rules.md C7)."""
    rows = csv.DictReader(_SEEDS.joinpath("signature_matrix.csv").read_text("utf-8").splitlines())
    return tuple(level_rules(rows))


@cache
def shipped_clauses() -> tuple[dict[str, Any], ...]:
    """Every shipped clause: key, language, category, title, text, variables and so on."""
    return tuple(
        {"language": language, **row}
        for language in LANGUAGES
        for row in _toml(f"clauses.{language}.toml")["clause"]
    )


@cache
def shipped_templates() -> tuple[dict[str, Any], ...]:
    """Every shipped template: key, language, contract type, title, body, variables, clause keys."""
    return tuple(
        {"language": language, **row}
        for language in LANGUAGES
        for row in _toml(f"templates.{language}.toml")["template"]
    )


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(_SEEDS.joinpath(name).read_text("utf-8"))
