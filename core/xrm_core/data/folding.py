"""Which spellings in a ledger are one supplier: folded where that is sure, proposed where it is likely.

Two names are folded if their normalised names are equal, or if they share a vendor id and are at least
90 % alike (token_sort_ratio of the normalised names). A vendor id with more than five names is a collective
account and folds nothing. The result does not depend on the order of the rows.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from rapidfuzz import fuzz, process

from xrm_core.data.legal_forms import without_forms
from xrm_core.data.names import normalised_name, tidy


@dataclass(frozen=True, slots=True)
class FoldingRules:
    """The parameters of folding: how alike names must be (0 to 100), and how many names an id may have."""

    least_ratio: float = 90.0
    most_names_of_an_id: int = 5


class ProposalReason(StrEnum):
    """What speaks for two suppliers being one, the strongest first."""

    SAME_VENDOR_ID = "SAME_VENDOR_ID"
    OTHER_LEGAL_FORM = "OTHER_LEGAL_FORM"
    SIMILAR_NAME = "SIMILAR_NAME"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One supplier: its name as most often spelled, every spelling, every vendor id, and its number of rows.

    `key` is the normalised display name: unique among the clusters, the same in every run over the same rows.
    """

    key: str
    name: str
    spellings: tuple[str, ...]
    vendor_ids: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two clusters (positions in `Folding.clusters`, first < second) that may be one supplier, and why.

    `first_name`, `second_name`: the most alike of their normalised names; `ratio`: how alike, 0 to 100, two
    places; `vendor_id`: an id that both use, if any, a collective account included.
    """

    first: int
    second: int
    first_name: str
    second_name: str
    ratio: float
    reason: ProposalReason
    vendor_id: str | None


@dataclass(frozen=True, slots=True)
class Folding:
    """Every spelling in exactly one cluster, what is proposed beyond, and the collective vendor ids."""

    clusters: tuple[Cluster, ...]
    proposals: tuple[Proposal, ...]
    collective_ids: frozenset[str]
    cluster_of: Mapping[str, int]


def fold(sightings: Iterable[tuple[str, str | None]], rules: FoldingRules | None = None) -> Folding:
    """Fold the names of a ledger, given as (name as spelled, vendor id or None), one for each row.

    Clusters are in the order of their keys, proposals in that of their clusters.
    """
    rules = rules or FoldingRules()
    seen = _Sightings(sightings)
    collective = {i for i, names in seen.names_of_id.items() if len(names) > rules.most_names_of_an_id}
    groups = _Groups(seen.ids_of_name)
    for _, names in _of_ids(seen, collective):
        for one, other in combinations(names, 2):
            if _ratio(one, other) >= rules.least_ratio:
                groups.join(one, other)
    clusters = sorted((seen.cluster(names) for names in groups.all()), key=lambda cluster: cluster.key)
    cluster_of = {spelling: i for i, cluster in enumerate(clusters) for spelling in cluster.spellings}
    numbers = {name: cluster_of[seen.a_spelling(name)] for name in seen.ids_of_name}
    proposals = _proposals(seen, numbers, collective, rules)
    return Folding(tuple(clusters), proposals, frozenset(collective), cluster_of)


class _Sightings:
    """What the ledger says about each normalised name."""

    def __init__(self, sightings: Iterable[tuple[str, str | None]]) -> None:
        counts = Counter(sightings)
        self._spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.ids_of_name: defaultdict[str, set[str]] = defaultdict(set)
        self.names_of_id: defaultdict[str, set[str]] = defaultdict(set)
        normalised = {spelling: normalised_name(spelling) for spelling in {name for name, _ in counts}}
        for (spelling, vendor_id), count in counts.items():
            name = normalised[spelling]
            self._spellings[name][spelling] += count
            ids = self.ids_of_name[name]
            if vendor_id is not None:
                ids.add(vendor_id)
                self.names_of_id[vendor_id].add(name)

    def a_spelling(self, name: str) -> str:
        return next(iter(self._spellings[name]))

    def cluster(self, names: Sequence[str]) -> Cluster:
        counts: Counter[str] = Counter()
        for name in names:
            counts.update(self._spellings[name])
        spellings = tuple(sorted(counts, key=lambda spelling: (-counts[spelling], spelling)))
        ids = sorted({vendor_id for name in names for vendor_id in self.ids_of_name[name]})
        key, display = normalised_name(spellings[0]), tidy(spellings[0])
        return Cluster(key, display, spellings, tuple(ids), counts.total())


class _Groups:
    """Disjoint groups of names; joining is symmetric and transitive (union-find)."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parent = {name: name for name in names}

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._parent[second] = first

    def all(self) -> list[list[str]]:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(self._parent):
            groups[self._root(name)].append(name)
        return list(groups.values())

    def _root(self, name: str) -> str:
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name


def _of_ids(seen: _Sightings, collective: set[str]) -> Iterator[tuple[str, list[str]]]:
    for vendor_id, names in sorted(seen.names_of_id.items()):
        if len(names) > 1 and vendor_id not in collective:
            yield vendor_id, sorted(names)


def _proposals(
    seen: _Sightings, numbers: Mapping[str, int], collective: set[str], rules: FoldingRules
) -> tuple[Proposal, ...]:
    best: dict[tuple[int, int], tuple[int, float, str, str]] = {}
    for rank, one, other in _candidates(seen, collective, rules):
        if numbers[one] == numbers[other]:
            continue
        first, second = sorted((one, other), key=lambda name: (numbers[name], name))
        evidence = (rank, -_ratio(one, other), first, second)
        pair = numbers[first], numbers[second]
        if pair not in best or evidence < best[pair]:
            best[pair] = evidence
    return tuple(_proposal(pair, evidence, seen) for pair, evidence in sorted(best.items()))


_REASONS = tuple(ProposalReason)


def _proposal(pair: tuple[int, int], evidence: tuple[int, float, str, str], seen: _Sightings) -> Proposal:
    rank, negative_ratio, first_name, second_name = evidence
    shared = seen.ids_of_name[first_name] & seen.ids_of_name[second_name]
    ratio = round(-negative_ratio, 2)
    return Proposal(*pair, first_name, second_name, ratio, _REASONS[rank], min(shared, default=None))


def _candidates(
    seen: _Sightings, collective: set[str], rules: FoldingRules
) -> Iterator[tuple[int, str, str]]:
    for _, names in _of_ids(seen, collective):
        for one, other in combinations(names, 2):
            yield _REASONS.index(ProposalReason.SAME_VENDOR_ID), one, other
    bare: defaultdict[str, list[str]] = defaultdict(list)
    for name in seen.ids_of_name:
        bare[without_forms(name)].append(name)
    for names in bare.values():
        for one, other in combinations(names, 2):
            yield _REASONS.index(ProposalReason.OTHER_LEGAL_FORM), one, other
    for one, other in alike(seen.ids_of_name, rules.least_ratio):
        yield _REASONS.index(ProposalReason.SIMILAR_NAME), one, other


def alike(names: Iterable[str], least_ratio: float) -> Iterator[tuple[str, str]]:
    """Every pair of different names whose token_sort_ratio is at least that (0 to 100), each once.

    Names are compared with their words sorted, and only with those whose length still allows the ratio:
    the ratio of two texts is at most 2·shorter/(shorter + longer).
    """
    sorted_words = sorted((" ".join(sorted(name.split())), name) for name in set(names))
    sorted_words.sort(key=lambda pair: len(pair[0]))
    texts = [text for text, _ in sorted_words]
    lengths = [len(text) for text in texts]
    stretch = (200.0 - least_ratio) / least_ratio
    for i, text in enumerate(texts):
        end = bisect_right(lengths, len(text) * stretch + 1e-6)
        window = texts[i + 1 : end]
        for _, _, j in process.extract(text, window, scorer=fuzz.ratio, score_cutoff=least_ratio, limit=None):
            yield sorted_words[i][1], sorted_words[i + 1 + j][1]


def _ratio(one: str, other: str) -> float:
    return float(fuzz.token_sort_ratio(one, other))
