"""Which party each supplier of the spend file is: one that an earlier import made, or a new one."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xrm_core.data.folding import Cluster, Folding, Proposal, ProposalReason
from xrm_core.data.gla import GlaPayment
from xrm_core.data.kinds import guess_kind
from xrm_core.data.load.gla_ledger import GlaLedger
from xrm_core.data.load.stored import StoredDealing
from xrm_core.ids import Id, derived_id

SOURCE = "gla"


@dataclass(slots=True)
class Supplier:
    """A cluster of spellings, its party, the payments that are new, and the other parties it was taken for.

    `is_stored`: dealings of the party are stored, so the party is there.
    """

    cluster: Cluster
    party: Id[Any]
    payments: list[GlaPayment]
    is_stored: bool = False
    others: tuple[Id[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """The file against what is stored: its suppliers in the order of `Folding.clusters`, and rows that changed."""

    suppliers: Sequence[Supplier]
    changed: frozenset[int]
    known: int

    def new_payments(self) -> Iterator[tuple[Supplier, GlaPayment]]:
        """Each payment that is not stored yet, with its supplier."""
        for supplier in self.suppliers:
            for payment in supplier.payments:
                yield supplier, payment

    def days(self) -> dict[Id[Any], list[dt.date]]:
        """The days of each party's new payments."""
        days: dict[Id[Any], list[dt.date]] = {}
        for supplier, payment in self.new_payments():
            days.setdefault(supplier.party, []).append(payment.paid_on)
        return days


def match(ledger: GlaLedger, stored: Mapping[str, StoredDealing], tenant_id: int) -> Matching:
    """Every row of the file is stored, new, or stored with other values.

    A supplier whose rows are stored is the party of most of them; one without is the party derived from its
    normalised name, so that the same name leads to the same party in any file.
    """
    folding = ledger.folding
    votes: list[Counter[Id[Any]]] = [Counter() for _ in folding.clusters]
    new: list[list[GlaPayment]] = [[] for _ in folding.clusters]
    changed, known = set(), 0
    for payment in ledger.payments:
        number = folding.cluster_of[payment.vendor]
        dealing = stored.get(str(payment.row_id))
        if dealing is None:
            new[number].append(payment)
        elif _says(dealing, payment):
            known += 1
            votes[number][dealing.party] += 1
        else:
            changed.add(payment.row_id)
    suppliers = [
        _supplier(cluster, found, payments, tenant_id)
        for cluster, found, payments in zip(folding.clusters, votes, new, strict=True)
    ]
    return Matching(suppliers, frozenset(changed), known)


def _says(dealing: StoredDealing, payment: GlaPayment) -> bool:
    category = payment.account_description or None
    return dealing.says(payment.kind, payment.amount, payment.paid_on, category, payment.doc_no)


def _supplier(
    cluster: Cluster, votes: Counter[Id[Any]], payments: list[GlaPayment], tenant_id: int
) -> Supplier:
    ranked = sorted(votes, key=lambda party: (-votes[party], str(party)))
    if not ranked:
        return Supplier(cluster, derived_id(tenant_id, SOURCE, "party", cluster.key), payments)
    return Supplier(cluster, ranked[0], payments, True, tuple(ranked[1:]))


def party_rows(suppliers: Sequence[Supplier], there: set[Id[Any]]) -> Iterator[dict[str, Any]]:
    """A party for each supplier that has none, once."""
    made = set(there)
    for supplier in suppliers:
        if not supplier.is_stored and supplier.party not in made:
            made.add(supplier.party)
            guess = guess_kind(supplier.cluster.name)
            yield {
                "id": supplier.party,
                "kind": guess.kind,
                "kind_uncertain": guess.is_uncertain,
                "name": supplier.cluster.name,
                "source": SOURCE,
            }


def identifier_rows(
    suppliers: Sequence[Supplier], folding: Folding, there: set[Id[Any]], tenant_id: int
) -> Iterator[dict[str, Any]]:
    """The vendor ids by which the ledger knows each supplier; a collective account identifies nobody."""
    made = set(there)
    for supplier in suppliers:
        for vendor_id in supplier.cluster.vendor_ids:
            identity = derived_id(tenant_id, SOURCE, "vendor", supplier.party, vendor_id)
            if vendor_id not in folding.collective_ids and identity not in made:
                made.add(identity)
                yield {"id": identity, "party_id": supplier.party, "scheme": "INTERNAL", "value": vendor_id}


def proposal_rows(
    suppliers: Sequence[Supplier], folding: Folding, there: set[Id[Any]], tenant_id: int
) -> Iterator[dict[str, Any]]:
    """What is likely and not sure, with its evidence, once for each pair of parties."""
    made = set(there)
    found = [
        (suppliers[p.first].party, suppliers[p.second].party, p.reason, p.ratio, _evidence(p, folding))
        for p in folding.proposals
    ]
    # What folds today was two suppliers when it was first read: nobody merges them silently.
    found += [
        (supplier.party, other, ProposalReason.SAME_VENDOR_ID, 100.0, _later(supplier.cluster))
        for supplier in suppliers
        for other in supplier.others
    ]
    for one, two, reason, ratio, evidence in found:
        first, second = sorted((one, two), key=str)
        identity = derived_id(tenant_id, SOURCE, "proposal", first, second)
        if first != second and identity not in made:
            made.add(identity)
            yield {
                "id": identity,
                "first_id": one,
                "second_id": two,
                "reason": reason,
                "score": int(ratio),
                "evidence": evidence,
                "source": SOURCE,
            }


def _evidence(proposal: Proposal, folding: Folding) -> dict[str, Any]:
    return {
        "first_name": proposal.first_name,
        "second_name": proposal.second_name,
        "ratio": proposal.ratio,
        "vendor_id": proposal.vendor_id,
        "is_collective_account": proposal.vendor_id in folding.collective_ids,
    }


def _later(cluster: Cluster) -> dict[str, Any]:
    return {
        "spellings": list(cluster.spellings),
        "vendor_ids": list(cluster.vendor_ids),
        "folded_later": True,
    }
