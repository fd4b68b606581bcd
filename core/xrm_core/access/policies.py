"""Policies as data: read from a plugin's policies.csv, checked, and said in the terms of the API."""

import csv
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from graphql import GraphQLError, VariableNode, parse_value, value_from_ast_untyped
from graphql.language import Visitor, visit

from xrm_core.errors import DomainError
from xrm_core.query.binds import ContextValue

COLUMNS = ("role", "unit", "object", "action", "effect", "rule", "fields")
# `$user` in a rule: filled in per request, see access.book.
VARIABLES = ("user", "unit", "today")
# Permissions that belong to no resource, command or question, as object and action: core.export is export mode.
EXPORT = ("core", "export")


class BadPolicy(DomainError):
    """A policy cannot be read or says something that does not exist."""

    code = "core.bad_policy"


@dataclass(frozen=True, slots=True)
class Policy:
    """One line: a role, whose units it holds in (own or all), what it allows or denies, and of which fields."""

    role: str
    unit: str
    object: str
    action: str
    effect: str
    rule: str
    fields: str
    # The file and line it was read from.
    source: str = field(default="", compare=False)

    @property
    def said(self) -> str:
        """The line in words."""
        units = "in every unit" if self.unit == "all" else "in the units the role is held in"
        fields = "" if self.fields == "*" else f", fields {self.fields}"
        rule = "" if self.rule == "{}" else f", where {self.rule}"
        return f"{self.role} {self.effect} {self.object}.{self.action} {units}{rule}{fields} ({self.source})"

    @property
    def is_allow(self) -> bool:
        """Whether it gives (deny takes away, and wins)."""
        return self.effect == "allow"

    @property
    def is_whole(self) -> bool:
        """Whether it names no single field: a denial then takes the row, or the action, away."""
        return self.fields in ("*", "-")

    def shows(self, field: str) -> bool:
        """Whether the policy speaks of this field: `*` all, `-a b` all but those, `a b` those, `-` none.

        A part is spoken of with its whole: `custom_fields.region` with `custom_fields`. `custom_fields.*` asks
        whether it speaks of any part.
        """
        named = self.fields.split()
        if self.is_whole:
            return self.fields == "*"
        names = {name.lstrip("-") for name in named}
        whole = field.partition(".")[0]
        if named and named[0].startswith("-"):
            return field not in names and whole not in names
        if field.endswith(".*"):
            return any(name.partition(".")[0] == whole for name in names)
        return field in names or whole in names


def read_policies(package: str) -> list[Policy]:
    """The policies a package ships in policies.csv; none if it has no such file. Raises: BadPolicy."""
    file = resources.files(package).joinpath("policies.csv")
    if not file.is_file():
        return []
    rows = csv.DictReader(file.read_text("utf-8").splitlines(), skipinitialspace=True)
    return [_policy(row, f"{package}/policies.csv:{rows.line_num}") for row in rows]


def _policy(row: dict[str, Any], where: str) -> Policy:
    values = {name.strip(): (value or "").strip() for name, value in row.items() if name}
    if set(values) != set(COLUMNS):
        raise BadPolicy(f"{where}: the columns are {', '.join(COLUMNS)}.")
    policy = Policy(**values, source=where)
    if policy.effect not in ("allow", "deny") or policy.unit not in ("own", "all"):
        raise BadPolicy(f"{where}: effect is allow or deny, unit is own or all.")
    parse_rule(policy.rule, where)
    return policy


def parse_rule(text: str, where: str = "rule") -> dict[str, Any]:
    """A rule, written as a GraphQL input value, as a tree in which `$user` waits for the request. Raises: BadPolicy."""
    given = {name: ContextValue(name) for name in VARIABLES}
    try:
        node = parse_value(text)
        unknown = _variables(node) - set(VARIABLES)
        tree = value_from_ast_untyped(node, given)
    except GraphQLError as wrong:
        raise BadPolicy(f"{where}: {wrong.message}") from wrong
    if unknown:
        raise BadPolicy(f"{where}: there is no ${', $'.join(sorted(unknown))} in a rule.")
    if not isinstance(tree, dict):
        raise BadPolicy(f"{where}: a rule is a filter such as {{}}.")
    return tree


def _variables(node: Any) -> set[str]:
    names: set[str] = set()

    class Names(Visitor):
        def enter_variable(self, found: VariableNode, *_: Any) -> None:
            names.add(found.name.value)

    visit(node, Names())
    return names
