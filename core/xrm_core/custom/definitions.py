"""The custom fields of one tenant, as reading and writing need them: values that never change once made."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xrm_core.custom.kinds import CustomFieldKind

# What stands before a key where a field is named in a filter, in groups, in problems and in policies.
API_NAME = "customFields"
COLUMN = "custom_fields"


@dataclass(frozen=True, slots=True)
class Definition:
    """One custom field of a resource; `options` are the values a choice may have."""

    resource: str
    key: str
    kind: CustomFieldKind
    options: tuple[str, ...] = ()
    is_required: bool = False
    is_indexed: bool = False
    is_retired: bool = False

    @property
    def api_name(self) -> str:
        """As problems, groups and hidden fields name it: `customFields.region`."""
        return f"{API_NAME}.{self.key}"

    @property
    def mask(self) -> str:
        """As policies name it: `custom_fields.region`."""
        return f"{COLUMN}.{self.key}"


@dataclass(frozen=True, slots=True)
class Definitions:
    """All custom fields of a tenant. `stamp` grows with every change: a statement that was written for another one
    answers nothing, and is written anew. `identity` is equal where statements are."""

    stamp: int
    fields: Mapping[str, Mapping[str, Definition]]
    identity: str = field(default="")

    def of(self, resource: str) -> list[Definition]:
        """The fields of a resource that are in use, by key."""
        known = self.fields.get(resource, {})
        return [known[key] for key in sorted(known) if not known[key].is_retired]

    def find(self, resource: str, key: str, *, retired: bool = False) -> Definition | None:
        """One of them; with `retired` also if it is no longer in use."""
        found = self.fields.get(resource, {}).get(key)
        return found if found is not None and (retired or not found.is_retired) else None


NO_FIELDS = Definitions(0, {})


def definitions(stamp: int, found: Iterable[Definition]) -> Definitions:
    """The definitions of a tenant in one piece."""
    by_resource: dict[str, dict[str, Definition]] = {}
    for one in found:
        by_resource.setdefault(one.resource, {})[one.key] = one
    said = sorted(
        (one.resource, one.key, str(one.kind), one.is_retired)
        for known in by_resource.values()
        for one in known.values()
    )
    identity = hashlib.sha256(repr(said).encode()).hexdigest()[:16] if said else ""
    return Definitions(stamp, by_resource, identity)
