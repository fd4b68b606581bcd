"""What a run of the read benchmark is asked to do, and what it brings back."""

import statistics
from dataclasses import dataclass, field

from benchmarks.books import Sizes
from benchmarks.load import Measured


@dataclass(frozen=True, slots=True)
class Contender:
    """Who answers what, as whom: a server, a question, a role. Its label stands in the table."""

    label: str
    server: str
    question: str
    role: str = "admin"


@dataclass(frozen=True, slots=True)
class Bound:
    """How many times the requests a second of another contender are wanted; None: only shown."""

    least: float | None = None

    def holds(self, ratio: float) -> bool | None:
        """Whether a ratio keeps it; None if nothing is wanted."""
        return None if self.least is None else ratio >= self.least

    def as_text(self) -> str:
        """For a table."""
        return "" if self.least is None else f"≥ {self.least:g}"


@dataclass(slots=True)
class Cell:
    """One thing that is compared: the first contender is judged against each of the others, block by block."""

    title: str
    contenders: tuple[Contender, ...]
    bounds: tuple[Bound, ...]
    connections: int = 8
    blocks: list[list[Measured]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blocks = [[] for _ in self.contenders]

    def ratios(self, other: int) -> list[float]:
        """The judged one's requests a second as a multiple of another's, block by block."""
        pairs = zip(self.blocks[0], self.blocks[other], strict=True)
        return [judged.per_second / base.per_second for judged, base in pairs]

    def cpu_ratios(self, other: int) -> list[float]:
        """The other's CPU a request, server and database together, as a multiple of the judged one's.

        Where the cores are the bottleneck this is what the ratio of requests a second tends to, and it does not
        depend on who else used the machine meanwhile.
        """
        pairs = zip(self.blocks[0], self.blocks[other], strict=True)
        return [base.cpu_ms / judged.cpu_ms for judged, base in pairs]

    def median(self, contender: int, figure: str) -> float:
        """The median of one figure over a contender's blocks."""
        return float(statistics.median(getattr(block, figure) for block in self.blocks[contender]))


_LIMIT = {"L": 0.95, "D": 0.8, "F": 0.85}
_GRAPHILE = {"L": 2.5, "D": 2.0}
_LOADERS = {"L": 20.0}
_WHAT = {"L": "50 parties with four lists", "D": "one party with three lists", "F": "flat list of 50"}


def cells(connections: int = 8) -> list[Cell]:
    """Everything that is compared, in the order of the table."""
    found = [*_against_others(connections), *_restricted(connections), *_under_rules(connections)]
    return [*found, *_turned(connections), *_embedded(connections)]


def _against_others(connections: int) -> list[Cell]:
    return [
        Cell(
            f"{question}: {_WHAT[question]}",
            (
                Contender("product", "product", question),
                Contender("limit", "limit", question),
                Contender("PostGraphile", "postgraphile", question),
                Contender("dataloaders", "dataloaders", question),
            ),
            (
                Bound(_LIMIT[question]),
                Bound(_GRAPHILE.get(question)),
                Bound(_LOADERS.get(question)),
            ),
            connections,
        )
        for question in _WHAT
    ]


def _restricted(connections: int) -> list[Cell]:
    return [
        Cell(
            f"{question} sales: who sees one unit of four",
            (
                Contender("product", "product", question, "sales"),
                Contender("limit", "limit", question, "sales"),
            ),
            (Bound(_LIMIT[question]),),
            connections,
        )
        for question in ("L", "D")
    ]


def _under_rules(connections: int) -> list[Cell]:
    return [
        Cell(
            f"{question} rules: three policies a type, the same rows",
            (
                Contender("with rules", "product", question, "measured"),
                Contender("without", "product", question),
            ),
            (Bound(0.9),),
            connections,
        )
        for question in _WHAT
    ]


def _turned(connections: int) -> list[Cell]:
    return [
        Cell(
            f"pages {order}: 20 parties, page 10,000",
            (
                Contender("page 10,000", "product", f"{order} far"),
                Contender("page 1", "product", f"{order} first"),
            ),
            (Bound(0.8),),
            connections,
        )
        for order in ("by name", "by age")
    ]


def _embedded(connections: int) -> list[Cell]:
    return [
        Cell(
            f"{question} SQLite: {_WHAT[question]}",
            (Contender("SQLite", "sqlite", question), Contender("PostgreSQL", "product", question)),
            (Bound(0.5),),
            connections,
        )
        for question in _WHAT
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """The data, how long and how hard each block pushes, and which cells are run (all that begin with a word)."""

    sizes: Sizes
    seed: int = 1
    blocks: int = 5
    seconds: float = 2.0
    connections: int = 8
    only: tuple[str, ...] = ()
    encoding: str = ""
    url: str = ""
    sqlite: str = ""

    def cells(self) -> list[Cell]:
        """What is run."""
        wanted = [set(words.lower().split()) for words in self.only]
        found = [
            cell
            for cell in cells(self.connections)
            if not wanted or any(words <= _words(cell.title) for words in wanted)
        ]
        if not found:
            raise SystemExit("--only names no cell; there are: " + ", ".join(c.title for c in cells()))
        return found


def _words(title: str) -> set[str]:
    return set(title.lower().partition(":")[0].split())
