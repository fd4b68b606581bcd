"""What a run of the read benchmark is asked to do, and what it brings back."""

import statistics
from dataclasses import dataclass, field

from benchmarks.books import Sizes
from benchmarks.load import Measured

SUBJECTS = ("product", "limit")


@dataclass(frozen=True, slots=True)
class Trial:
    """The data, and how long and how hard each block pushes."""

    sizes: Sizes
    seed: int = 1
    blocks: int = 5
    seconds: float = 5.0
    connections: tuple[int, ...] = (8, 32)
    roles: tuple[str, ...] = ("admin", "sales")
    encoding: str = ""
    url: str = ""

    def cells(self) -> "list[Cell]":
        """Both questions as the admin on each number of connections, as others on the first."""
        return [
            Cell(question, role, connections)
            for question in ("L", "D")
            for role in self.roles
            for connections in (self.connections if role == "admin" else self.connections[:1])
        ]


@dataclass(slots=True)
class Cell:
    """One question of one role on so many connections, with its blocks for each subject."""

    question: str
    role: str
    connections: int
    blocks: dict[str, list[Measured]] = field(default_factory=lambda: {name: [] for name in SUBJECTS})

    def ratios(self) -> list[float]:
        """The product's requests a second as a part of the limit's, block by block."""
        pairs = zip(self.blocks["product"], self.blocks["limit"], strict=True)
        return [product.per_second / limit.per_second for product, limit in pairs]

    def cpu_ratios(self) -> list[float]:
        """The limit's CPU a request, server and database together, as a part of the product's, block by block.

        Where the cores are the bottleneck this is what the ratio of requests a second tends to, and it does not
        depend on who else used the machine meanwhile.
        """
        pairs = zip(self.blocks["product"], self.blocks["limit"], strict=True)
        return [limit.cpu_ms / product.cpu_ms for product, limit in pairs]

    def median(self, subject: str, figure: str) -> float:
        """The median of one figure over the subject's blocks."""
        return float(statistics.median(getattr(block, figure) for block in self.blocks[subject]))
