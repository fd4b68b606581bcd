"""Deals with a made-up customer, open and closed, and what a forecast must make of them (rules.md D2, D3)."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from xrm_core.data.generate import words
from xrm_core.data.generate.ledger import euros

# Stage → probability in per cent and forecast category (rules.md D2).
STAGES = {
    "QUALIFICATION": (10, "PIPELINE"),
    "NEEDS": (20, "PIPELINE"),
    "SOLUTION": (40, "BEST_CASE"),
    "PROPOSAL": (60, "BEST_CASE"),
    "NEGOTIATION": (80, "COMMIT"),
    "WON": (100, "CLOSED"),
    "LOST": (0, "OMITTED"),
}
_OPEN = ("QUALIFICATION", "NEEDS", "SOLUTION", "PROPOSAL", "NEGOTIATION")


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity as it is made; amount in cents, probability in per cent."""

    title: str
    stage: str
    category: str
    per_cent: int
    amount: int
    created_on: date
    close_on: date
    closed_on: date | None
    next_step: str
    next_step_on: date | None
    loss_reason: str
    competitor: str


def deals(rng: Random, size: int, as_of: date) -> list[Deal]:
    """Up to three deals: won and lost ones of the last year, open ones of the next 200 days, few stale."""
    return [_deal(rng, size, as_of) for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3)))]


def _deal(rng: Random, size: int, as_of: date) -> Deal:
    stage = rng.choice((*_OPEN, *_OPEN, "WON", "WON", "LOST"))
    per_cent, category = STAGES[stage]
    amount = size * rng.randrange(100_000, 1_500_000)
    title = rng.choice(words.DEALS)
    if stage in ("WON", "LOST"):
        closed_on = as_of - timedelta(rng.randrange(1, 365))
        created_on = closed_on - timedelta(rng.randrange(15, 160))
        is_lost = stage == "LOST"
        reason = rng.choice(words.LOSS_REASONS) if is_lost else ""
        competitor = "Concurrent non nommé" if is_lost else ""
        return Deal(
            title,
            stage,
            category,
            per_cent,
            amount,
            created_on,
            closed_on,
            closed_on,
            "",
            None,
            reason,
            competitor,
        )
    is_stale = rng.randrange(12) == 0
    close_on = as_of + timedelta(-rng.randrange(1, 60) if is_stale else rng.randrange(200))
    if rng.randrange(20) == 0:
        category = "COMMIT"  # overridden by the seller: the category moves, the probability stays
    created_on = min(close_on, as_of) - timedelta(rng.randrange(5, 160))
    step_on = as_of + timedelta(rng.randrange(1, 20))
    step = rng.choice(words.NEXT_STEPS)
    return Deal(title, stage, category, per_cent, amount, created_on, close_on, None, step, step_on, "", "")


def periods(as_of: date) -> dict[str, tuple[date, date]]:
    """The as-of day's quarter, the next one, and its calendar year: name → first and last day."""
    first_month = 3 * ((as_of.month - 1) // 3) + 1
    start = date(as_of.year, first_month, 1)
    middle = _in_three_months(start)
    end = _in_three_months(middle)
    return {
        f"{start.year}-Q{(start.month + 2) // 3}": (start, middle - timedelta(1)),
        f"{middle.year}-Q{(middle.month + 2) // 3}": (middle, end - timedelta(1)),
        f"{as_of.year}": (date(as_of.year, 1, 1), date(as_of.year, 12, 31)),
    }


def _in_three_months(day: date) -> date:
    return date(day.year + (day.month == 10), (day.month + 2) % 12 + 1, 1)


class Forecast:
    """Counts deals into stages and periods as they are made."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._periods = periods(as_of)
        self._stages: dict[str, list[int]] = {stage: [0, 0] for stage in STAGES}
        names = ("closed", "weighted_per_cent", "commit", "best_case", "open")
        self._sums: dict[str, dict[str, int]] = {period: dict.fromkeys(names, 0) for period in self._periods}
        self._stale = [0, 0]

    def count(self, deal: Deal) -> None:
        if deal.closed_on is None and deal.close_on < self._as_of:
            self._stale[0] += 1
            self._stale[1] += deal.amount
            return
        self._stages[deal.stage][0] += 1
        self._stages[deal.stage][1] += deal.amount
        for period, (first, last) in self._periods.items():
            if first <= deal.close_on <= last and deal.stage != "LOST":
                self._count_in(self._sums[period], deal)

    def _count_in(self, sums: dict[str, int], deal: Deal) -> None:
        sums["weighted_per_cent"] += deal.amount * deal.per_cent
        if deal.stage == "WON":
            sums["closed"] += deal.amount
            return
        sums["open"] += deal.amount
        if deal.category == "COMMIT":
            sums["commit"] += deal.amount
        elif deal.category == "BEST_CASE":
            sums["best_case"] += deal.amount

    def answers(self) -> dict[str, Any]:
        """Roll-ups are cumulative: commit includes closed, best case includes commit; open is alone (D3)."""
        return {
            "by_stage": {
                stage: {
                    "count": count,
                    "amount": euros(amount),
                    "weighted": euros(amount * STAGES[stage][0], 4),
                }
                for stage, (count, amount) in self._stages.items()
            },
            "periods": {period: self._rolled_up(period) for period in self._periods},
            "stale": {"count": self._stale[0], "amount": euros(self._stale[1])},
        }

    def _rolled_up(self, period: str) -> dict[str, str]:
        sums, (first, last) = self._sums[period], self._periods[period]
        commit = sums["closed"] + sums["commit"]
        return {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "closed": euros(sums["closed"]),
            "commit": euros(commit),
            "best_case": euros(commit + sums["best_case"]),
            "open_pipeline": euros(sums["open"]),
            "weighted": euros(sums["weighted_per_cent"], 4),
        }
