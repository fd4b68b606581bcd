"""What the audit trail says of each supplier an import touched: what was made, and from which rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from xrm_core.data.load.gla_suppliers import Supplier
from xrm_core.data.load.managed import Edges
from xrm_core.data.load.trace import made, moved
from xrm_core.ids import Id

Change = dict[str, Any]


def party_changes(
    touched: Iterable[Supplier], new_parties: Mapping[Id[Any], Mapping[str, Any]], edges: Edges
) -> dict[Id[Any], list[Change]]:
    """The changes of each party: itself, its spellings in the file, its relationship, its dealings' rows."""
    changes: dict[Id[Any], list[Change]] = {}
    for supplier in touched:
        party = supplier.party
        told = changes.setdefault(party, _own(party, new_parties, edges))
        read = {"spellings": supplier.cluster.spellings, "vendor_ids": supplier.cluster.vendor_ids}
        told.append({"type": "core.party", "id": party, "kind": "read", "values": made(read)})
        rows = [str(payment.row_id) for payment in supplier.payments]
        dealings = {"source_row": rows}
        told.append({"type": "core.dealing", "id": None, "kind": "created", "values": made(dealings)})
    for party in edges.restaged:
        changes.setdefault(party, _own(party, {}, edges))
    return changes


def _own(party: Id[Any], new_parties: Mapping[Id[Any], Mapping[str, Any]], edges: Edges) -> list[Change]:
    own: list[Change] = []
    if party in new_parties:
        own.append(_change("core.party", party, "created", made(_values(new_parties[party]))))
    if party in edges.made:
        row = edges.made[party]
        own.append(_change("core.relationship", row["id"], "created", made(_values(row))))
    if party in edges.restaged:
        before, after = edges.restaged[party]
        was = {name: getattr(before, name) for name in after}
        own.append(_change("core.relationship", before.id, "changed", moved(was, after)))
    return own


def _change(resource: str, object_id: Id[Any], kind: str, values: list[Change]) -> Change:
    return {"type": resource, "id": object_id, "kind": kind, "values": values}


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """By the names of the fields: a link's column carries `_id`."""
    return {name.removesuffix("_id"): value for name, value in row.items() if name != "id"}
