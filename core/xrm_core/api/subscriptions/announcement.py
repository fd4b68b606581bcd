"""One change as subscribers are told of it, before it is decided which of them."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.events.announcing import RESYNC, coalesced
from xrm_core.events.outbox import Committed

# Where no single object is named: everything of the type is to be read again.
NO_ID = "00000000-0000-0000-0000-000000000000"
# The type of everything that has an id: what is named when anything may have changed.
ANYTHING = "Node"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change of one object, or a call to read a type again.

    `resource` is what was written, `type` what clients know it by: what happens to a plugin's 1:1 part is a change of
    the object it is a part of. Of what is gone, `unit` and `ends` (the objects it required) are known.
    """

    tenant_id: int
    resource: str
    type: str
    id: str
    kind: str
    at: dt.datetime
    version: int | None = None
    is_gone: bool = False
    unit: str | None = None
    ends: tuple[tuple[str, str], ...] = ()

    @property
    def is_part(self) -> bool:
        """Whether what was written is a 1:1 part of the object named."""
        return self.resource in REGISTRY and REGISTRY[self.resource].extends is not None

    @property
    def is_resync(self) -> bool:
        """Whether it names no single object."""
        return self.kind == RESYNC

    def shown(self) -> dict[str, Any]:
        """The values of the API's Change."""
        moment = self.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {"type": self.type, "id": self.id, "kind": self.kind, "at": moment, "version": self.version}


def shown_type(info: ResourceInfo) -> str:
    """The type clients know a resource by: that of the object it is a part of."""
    while info.extends:
        info = REGISTRY[info.extends]
    return info.type_name


def announcements(row: Committed) -> Iterator[Announcement]:
    """What a committed unit of work announces, objects before their parts.

    A resource this process does not know is not announced by it.
    """
    told = coalesced(row.payload["objects"], row.payload.get("loaded", ()))
    for item in sorted(told, key=lambda item: REGISTRY[item["type"]].extends is not None):
        yield _announcement(row, item, REGISTRY[item["type"]])


def _announcement(row: Committed, item: Mapping[str, Any], info: ResourceInfo) -> Announcement:
    is_part = info.extends is not None
    return Announcement(
        tenant_id=row.tenant_id,
        resource=info.name,
        type=shown_type(info),
        id=item["id"] or NO_ID,
        kind="changed" if is_part and item["kind"] != RESYNC else item["kind"],
        at=row.at,
        version=None if is_part else item.get("version"),
        is_gone=item["kind"] == "deleted",
        unit=item.get("unit"),
        ends=tuple((resource, end) for resource, end in item.get("ends", ())),
    )


def gap(tenant_id: int) -> Announcement:
    """That anything may have changed."""
    return Announcement(tenant_id, "", ANYTHING, NO_ID, RESYNC, dt.datetime.now(dt.UTC))
