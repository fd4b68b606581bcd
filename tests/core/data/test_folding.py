"""Folding: what is one supplier for certain, and what may be."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from xrm_core.data.csv_rows import Reject
from xrm_core.data.folding import Folding, FoldingRules, Proposal, ProposalReason, alike, fold
from xrm_core.data.gla import bundled_file, read_payments
from xrm_core.data.names import normalised_name

Sighting = tuple[str, str | None]


@pytest.fixture(scope="module")
def sightings() -> list[Sighting]:
    payments = read_payments(bundled_file())
    return [(payment.vendor, payment.vendor_id) for payment in payments if not isinstance(payment, Reject)]


@pytest.fixture(scope="module")
def real(sightings: list[Sighting]) -> Folding:
    return fold(sightings)


def names(folding: Folding) -> list[tuple[str, ...]]:
    return sorted(tuple(sorted(cluster.spellings)) for cluster in folding.clusters)


def test_equal_normalised_names_fold_whatever_their_ids() -> None:
    folding = fold([("ACME LTD", "1"), ("Acme Limited", None), ("ACME LTD.", "2")])

    assert names(folding) == [("ACME LTD", "ACME LTD.", "Acme Limited")]
    assert folding.clusters[0].vendor_ids == ("1", "2")


def test_the_same_id_folds_names_that_are_alike_and_proposes_the_others() -> None:
    folding = fold([("ONE STOP WEDDINGS LTD", "1"), ("ONE STOP WEDDING LTD", "1"), ("TSO", "1")])

    assert names(folding) == [("ONE STOP WEDDING LTD", "ONE STOP WEDDINGS LTD"), ("TSO",)]
    [proposal] = folding.proposals
    assert (proposal.reason, proposal.vendor_id) == (ProposalReason.SAME_VENDOR_ID, "1")
    assert proposal.ratio < 90


def test_names_that_are_alike_under_different_ids_are_only_proposed() -> None:
    folding = fold([("ONE STOP WEDDINGS LTD", "1"), ("ONE STOP WEDDING LTD", "2")])

    assert len(folding.clusters) == 2
    ratio = round(fuzz.token_sort_ratio("one stop wedding ltd", "one stop weddings ltd"), 2)
    assert folding.proposals == (
        Proposal(
            0, 1, "one stop wedding ltd", "one stop weddings ltd", ratio, ProposalReason.SIMILAR_NAME, None
        ),
    )


def test_another_legal_form_is_another_supplier_and_a_proposal() -> None:
    folding = fold([("ARCO", None), ("ARCO LTD", None)])

    assert len(folding.clusters) == 2
    assert [proposal.reason for proposal in folding.proposals] == [ProposalReason.OTHER_LEGAL_FORM]


@pytest.mark.parametrize(("count", "clusters"), [(5, 1), (6, 6)])
def test_an_id_with_more_than_five_names_folds_nothing(count: int, clusters: int) -> None:
    folding = fold([(f"THE VERY LONG NAME OF A SUPPLIER {letter}", "9") for letter in "ABCDEF"[:count]])

    assert len(folding.clusters) == clusters
    assert folding.collective_ids == (frozenset({"9"}) if clusters > 1 else frozenset())


def test_names_alike_under_a_collective_id_are_proposed_with_the_id() -> None:
    folding = fold([(f"THE VERY LONG NAME OF A SUPPLIER {letter}", "9") for letter in "ABCDEF"])

    assert len(folding.proposals) == 15
    assert {proposal.vendor_id for proposal in folding.proposals} == {"9"}
    assert {proposal.reason for proposal in folding.proposals} == {ProposalReason.SIMILAR_NAME}


def test_the_display_name_is_the_most_frequent_spelling_then_the_first_by_letters() -> None:
    folding = fold([("Acme  Ltd", None), ("ACME LTD", None), ("ACME LIMITED", None), ("Acme  Ltd", None)])

    assert folding.clusters[0].name == "Acme Ltd"
    assert folding.clusters[0].spellings == ("Acme  Ltd", "ACME LIMITED", "ACME LTD")
    assert folding.clusters[0].rows == 4


def test_the_thresholds_are_parameters() -> None:
    folding = fold([("ACME PAPER", "1"), ("ACME PAPERS", "1")], FoldingRules(least_ratio=99.0))

    assert len(folding.clusters) == 2


WORDS = st.sampled_from(["acme", "acmee", "paper", "papers", "london", "ltd", "limited", "plc", "group"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
IDS = st.sampled_from([None, "1", "2", "3"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NAMES, IDS), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[Sighting], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert fold(shuffled) == fold(rows)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NAMES, IDS), min_size=1, max_size=30))
def test_every_name_is_in_one_cluster_and_every_likely_pair_is_proposed(rows: list[Sighting]) -> None:
    folding = fold(rows)

    assert sorted(folding.cluster_of) == sorted({name for name, _ in rows})
    assert sum(cluster.rows for cluster in folding.clusters) == len(rows)
    proposed = {(proposal.first, proposal.second) for proposal in folding.proposals}
    for one, other in combinations(sorted({name for name, _ in rows}), 2):
        first, second = sorted((folding.cluster_of[one], folding.cluster_of[other]))
        ratio = fuzz.token_sort_ratio(normalised_name(one), normalised_name(other))
        assert first == second or ratio < 90 or (first, second) in proposed


@settings(max_examples=100, deadline=None)
@given(st.sets(NAMES, max_size=25), st.sampled_from([60.0, 80.0, 90.0, 95.0]))
def test_blocking_by_length_misses_no_pair(some: set[str], least: float) -> None:
    expected = {frozenset(pair) for pair in combinations(some, 2) if fuzz.token_sort_ratio(*pair) >= least}

    found = [frozenset(pair) for pair in alike(some, least)]

    assert set(found) == expected
    assert len(found) == len(expected)


def test_the_real_suppliers_are_folded_and_none_is_dropped(real: Folding, sightings: list[Sighting]) -> None:
    assert len(real.cluster_of) == 3_490
    assert sum(cluster.rows for cluster in real.clusters) == len(sightings) == 28_145
    assert len(real.clusters) == 3_365
    assert len({cluster.key for cluster in real.clusters}) == 3_365


def test_the_real_collective_accounts_are_found(real: Folding) -> None:
    assert real.collective_ids == {"15050000", "15050001", "15050016"}


def test_real_folds_are_as_a_reader_would_do_them(real: Folding) -> None:
    def together(one: str, other: str) -> bool:
        return real.cluster_of[one] == real.cluster_of[other]

    assert together("THE STATIONERY OFFICE LTD", "THE STATIONERY OFFICE")
    assert together("LONDON BOROUGH HAMMERSMITH & FULHAM", "HAMMERSMITH & FULHAM LONDON BOROUGH")
    assert not together("ROYAL MAIL GROUP PLC", "ROYAL MAIL GROUP LTD")
    assert not together("EVERSHEDS LLP", "EVERSHEDS CLIENT ACCOUNT")


def test_every_pair_under_one_real_id_is_one_supplier_or_proposed(
    real: Folding, sightings: list[Sighting]
) -> None:
    by_id: dict[str, set[int]] = {}
    for name, vendor_id in sightings:
        if vendor_id and vendor_id not in real.collective_ids:
            by_id.setdefault(vendor_id, set()).add(real.cluster_of[name])
    pairs = {pair for numbers in by_id.values() for pair in combinations(sorted(numbers), 2)}

    assert pairs <= {(proposal.first, proposal.second) for proposal in real.proposals}
    assert len(pairs) > 100
