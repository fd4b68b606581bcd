"""What the audit trail says of each supplier an import touched: what was made, and from which rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from xrm_core.data.load.gla_suppliers import Supplier
from xrm_core.data.load.managed import Edges
from xrm_core.data.load.trace import Change, change, made, own_changes
from xrm_core.ids import Id


def party_changes(
    touched: Iterable[Supplier], new_parties: Mapping[Id[Any], Mapping[str, Any]], edges: Edges
) -> dict[Id[Any], list[Change]]:
    """The changes of each party: itself, its spellings in the file, its relationship, its dealings' rows."""
    changes: dict[Id[Any], list[Change]] = {}
    for supplier in touched:
        party = supplier.party
        told = changes.setdefault(party, own_changes(party, new_parties, edges))
        read = {"spellings": supplier.cluster.spellings, "vendor_ids": supplier.cluster.vendor_ids}
        told.append(change("core.party", party, "read", made(read)))
        rows = [str(payment.row_id) for payment in supplier.payments]
        told.append(change("core.dealing", None, "created", made({"source_row": rows})))
    for party in edges.restaged:
        changes.setdefault(party, own_changes(party, {}, edges))
    return changes
