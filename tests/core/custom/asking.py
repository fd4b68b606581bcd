"""Custom fields for tests: one of every kind on parties, and how to define others."""

from typing import Any

from xrm_core.plugins.testing import Installation

DEFINE = "mutation($i: DefineCustomFieldInput!) { defineCustomField(input: $i) { id version key } }"
UPDATE = "mutation($i: UpdateCustomFieldInput!) { updateCustomField(input: $i) { id kind options isIndexed labelEn } }"
CREATE = (
    "mutation($n: String!, $c: JSON) { createParty(input: {name: $n, customFields: $c}) { id customFields } }"
)
CHANGE = "mutation($id: ID!, $c: JSON) { updateParty(input: {id: $id, customFields: $c}) { version customFields } }"
FIELDS: dict[str, dict[str, Any]] = {
    "region": {"kind": "TEXT", "indexed": True},
    "staff": {"kind": "INTEGER"},
    "score": {"kind": "DECIMAL", "indexed": True},
    "vip": {"kind": "BOOLEAN"},
    "since": {"kind": "DATE", "indexed": True},
    "seen": {"kind": "MOMENT"},
    "tier": {"kind": "CHOICE", "options": [{"value": "GOLD"}, {"value": "SILVER"}]},
}
VALUES = {
    "region": "Élan",
    "staff": 5,
    "score": "12.50",
    "vip": True,
    "since": "2020-01-02",
    "seen": "2020-01-02T10:00:00+01:00",
    "tier": "GOLD",
}
SHOWN = VALUES | {"score": "12.5", "seen": "2020-01-02T09:00:00.000000Z"}


async def define(xrm: Installation, key: str, *, resource: str = "core.party", **more: Any) -> str:
    """The id of a new custom field."""
    given = {"resource": resource, "key": key, **more}
    return str((await xrm.ask(DEFINE, {"i": given}))["defineCustomField"]["id"])


async def define_all(xrm: Installation) -> dict[str, str]:
    """One of every kind, on parties; their ids by key."""
    return {key: await define(xrm, key, **more) for key, more in FIELDS.items()}


async def party(xrm: Installation, name: str, **values: Any) -> str:
    """The id of a new party with these custom fields."""
    return str((await xrm.ask(CREATE, {"n": name, "c": values}))["createParty"]["id"])


async def names(xrm: Installation, arguments: str, *, role: str = "admin", **variables: Any) -> list[str]:
    """The names of the parties that a question finds, in order, our own company left out."""
    declared = (
        f"query({', '.join(f'${name}: {type_}' for name, (type_, _) in variables.items())}) "
        if variables
        else ""
    )
    text = f"{declared}{{ parties({arguments}) {{ nodes {{ name }} }} }}"
    found = await xrm.ask(text, {name: value for name, (_, value) in variables.items()}, role=role)
    return [node["name"] for node in found["parties"]["nodes"] if node["name"] != "Our Company"]


def problems(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """What an answer complains of: code and field of each problem."""
    return [
        (problem["code"], problem["field"])
        for error in answer["errors"]
        for problem in error["extensions"]["problems"]
    ]
