"""What a unit of work tells the outbox: which objects came, changed or went, and nothing of their values.

It says enough to decide later who may hear of it: of something that is gone the unit it belonged to and the objects
it required, since its row can no longer be asked.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY, ResourceInfo

# More objects of one type in one unit of work are announced as one: read them again.
MOST_ONE_BY_ONE = 100
RESYNC = "resync"

Touched = dict[str, Any]


def touched_objects(context: Context) -> list[Touched]:
    """What the unit of work did, once an object, in the order in which they were first touched.

    What came and went in it is not told. Asked after the last flush: versions are those that are committed.
    """
    told: dict[tuple[str, str], Touched] = {}
    for entry in context.audited:
        _take(told, {"type": entry["type"], "id": _text(entry["id"]), "kind": entry["kind"]})
    for (resource, object_id), item in context.changed.items():
        known = told.get((resource, str(object_id)))
        if known is not None:
            known |= _facts(REGISTRY.of(type(item)), item, known["kind"])
    return list(told.values())


def _take(told: dict[tuple[str, str], Touched], entry: Touched) -> None:
    key = (entry["type"], str(entry["id"]))
    before = told[key]["kind"] if key in told else None
    if before == "created" and entry["kind"] == "deleted":
        del told[key]
    elif before is None or entry["kind"] == "deleted":
        told[key] = entry


def _facts(info: ResourceInfo, item: Any, kind: str) -> Touched:
    # Nothing is loaded for it: what was rolled back to a savepoint is not there to be.
    loaded = vars(item)
    facts: Touched = {"version": loaded.get("version")}
    if kind == "deleted":
        facts["unit"] = _text(loaded.get("unit"))
        facts["ends"] = _required(info, loaded)
    return facts


def _required(info: ResourceInfo, loaded: Mapping[str, Any]) -> list[list[str]]:
    """The objects without which it is hidden: resource and id; an id that is not known is nobody's."""
    links = (spec for spec in info.links.values() if not spec.nullable and spec.target != info.name)
    ends = [[spec.target, str(loaded.get(spec.name))] for spec in links]
    return [*ends, [info.extends, str(loaded.get("id"))]] if info.extends else ends


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def coalesced(objects: Iterable[Mapping[str, Any]], loaded: Iterable[str]) -> list[Mapping[str, Any]]:
    """The objects worth announcing one by one, and a RESYNC for each type that was loaded or changed in bulk."""
    known = [item for item in objects if item["type"] in REGISTRY and item["id"] is not None]
    counts: dict[str, int] = {}
    for item in known:
        counts[item["type"]] = counts.get(item["type"], 0) + 1
    many = {name for name, count in counts.items() if count > MOST_ONE_BY_ONE}
    many |= {name for name in loaded if name in REGISTRY}
    kept = [item for item in known if item["type"] not in many]
    return [*kept, *({"type": name, "id": None, "kind": RESYNC} for name in sorted(many))]


def resource_behind(table: Any) -> str | None:
    """The resource whose table it is; None for a table of ours that is none."""
    name = str(getattr(table, "name", "")).replace("_", ".", 1)
    return name if name in REGISTRY else None
