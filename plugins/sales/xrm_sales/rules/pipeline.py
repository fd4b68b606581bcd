"""The sales pipeline: stages with probability and forecast category, and which moves are refused."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from xrm_core.errors import DomainError, Refusal


class ForecastCategory(StrEnum):
    """What an opportunity counts as in a forecast (rules.md D2)."""

    PIPELINE = "PIPELINE"
    BEST_CASE = "BEST_CASE"
    COMMIT = "COMMIT"
    CLOSED = "CLOSED"
    OMITTED = "OMITTED"


class Outcome(StrEnum):
    """Whether an opportunity is still open, and how it ended."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class Direction(StrEnum):
    """How a move relates to the order of the stages; REOPEN leaves a closed stage."""

    FORWARD = "FORWARD"
    BACKWARD = "BACKWARD"
    REOPEN = "REOPEN"
    CLOSE = "CLOSE"


class UnknownStage(DomainError):
    """The pipeline has no such stage."""

    code = "sales.unknown_stage"

    def __init__(self, stage: str) -> None:
        super().__init__(f"The pipeline has no stage {stage}.", field="stage")


@dataclass(frozen=True, slots=True)
class PipelineStage:
    """One stage; `probability` is a fraction and the default of opportunities in it."""

    code: str
    order: int
    probability: Decimal
    category: ForecastCategory
    outcome: Outcome
    names: Mapping[str, str]
    exit_criteria: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in their order."""

    stages: tuple[PipelineStage, ...]

    def stage(self, code: str) -> PipelineStage:
        """The stage with that code. Raises: UnknownStage."""
        for stage in self.stages:
            if stage.code == code:
                return stage
        raise UnknownStage(code)


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """What somebody gives when moving an opportunity; the next step is what it will have afterwards."""

    target: str
    reason: str = ""
    loss_reason: str | None = None
    next_step: str = ""
    next_step_on: date | None = None


@dataclass(frozen=True, slots=True)
class StageMove:
    """A move as history keeps it; `passed` are stages skipped forward, which count as reached (D2, D4)."""

    source: str
    target: str
    direction: Direction
    passed: tuple[str, ...]
    probability: Decimal
    category: ForecastCategory


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability of a stage: `used` is the empirical one if enough cases closed, else the default."""

    used: Decimal
    default: Decimal
    empirical: Decimal
    closed: int


def pipeline(rows: Iterable[Mapping[str, str]]) -> Pipeline:
    """The pipeline that rows of text state, in order."""
    stages = [
        PipelineStage(
            code=row["code"],
            order=int(row["order"]),
            probability=Decimal(row["probability"]),
            category=ForecastCategory(row["forecast_category"]),
            outcome=Outcome(row["outcome"]),
            names={"fr": row["name_fr"], "en": row["name_en"]},
            exit_criteria={"fr": row["exit_criteria_fr"], "en": row["exit_criteria_en"]},
        )
        for row in rows
    ]
    return Pipeline(tuple(sorted(stages, key=lambda stage: stage.order)))


def stage_move(stages: Pipeline, source: str, target: str) -> StageMove:
    """The move between two stages: its direction, the stages it passes, and the new defaults.

    Raises: UnknownStage.
    """
    old, new = stages.stage(source), stages.stage(target)
    passed = tuple(
        stage.code
        for stage in stages.stages
        if old.order < stage.order < new.order and stage.outcome is Outcome.OPEN
    )
    if new.outcome is Outcome.LOST:
        passed = ()  # a lost case did not reach the stages between
    return StageMove(source, target, _direction(old, new), passed, new.probability, new.category)


def move_refusals(
    stages: Pipeline,
    source: str,
    request: MoveRequest,
    *,
    loss_reasons: Collection[str],
    today: date,
) -> list[Refusal]:
    """Why the opportunity may not move, all reasons at once; empty if it may (rules.md D1, D2, D10).

    Raises: UnknownStage.
    """
    new = stages.stage(request.target)
    direction = _direction(stages.stage(source), new)
    refusals = []
    if source == request.target:
        refusals.append(_refusal("same_stage", f"The opportunity is in {source} already.", "stage"))
    elif direction in (Direction.BACKWARD, Direction.REOPEN) and not request.reason.strip():
        refusals.append(_refusal("reason_required", "Moving backward needs a reason.", "reason"))
    if new.outcome is Outcome.LOST:
        refusals += _loss_refusals(request.loss_reason, loss_reasons)
    elif request.loss_reason is not None:
        refusals.append(
            _refusal("loss_reason_unexpected", "Only a lost case has a loss reason.", "loss_reason")
        )
    if new.outcome is Outcome.OPEN:
        refusals += next_step_refusals(request.next_step, request.next_step_on, today=today)
    return refusals


def next_step_refusals(next_step: str, next_step_on: date | None, *, today: date) -> list[Refusal]:
    """Why an open opportunity's next step will not do: it is mandatory, dated, and ahead (rules.md D1)."""
    refusals = []
    if not next_step.strip():
        refusals.append(_refusal("next_step_required", "An open opportunity needs a next step.", "next_step"))
    if next_step_on is None:
        refusals.append(_refusal("next_step_undated", "The next step needs a date.", "next_step_on"))
    elif next_step_on < today:
        refusals.append(_refusal("next_step_past", "The next step lies in the past.", "next_step_on"))
    return refusals


def category_refusals(category: ForecastCategory, outcome: Outcome) -> list[Refusal]:
    """Why a forecast category set by hand contradicts the outcome: CLOSED is won, OMITTED lost (D2)."""
    if outcome is Outcome.OPEN and category is ForecastCategory.CLOSED:
        return [_refusal("category_of_open", "An open opportunity cannot count as closed.", "category")]
    if outcome is Outcome.WON and category is not ForecastCategory.CLOSED:
        return [_refusal("category_of_won", "A won opportunity counts as closed.", "category")]
    if outcome is Outcome.LOST and category is not ForecastCategory.OMITTED:
        return [_refusal("category_of_lost", "A lost opportunity counts nowhere.", "category")]
    return []


def calibration(default: Decimal, *, won: int, lost: int, minimum: int = 30) -> Calibration:
    """The empirical chance of a stage, (won + 1) / (n + 2), used from `minimum` closed cases (R-D-05)."""
    closed = won + lost
    empirical = Decimal(won + 1) / Decimal(closed + 2)
    return Calibration(empirical if closed >= minimum else default, default, empirical, closed)


def _direction(old: PipelineStage, new: PipelineStage) -> Direction:
    if old.outcome is not Outcome.OPEN:
        return Direction.REOPEN
    if new.outcome is not Outcome.OPEN:
        return Direction.CLOSE
    return Direction.FORWARD if new.order > old.order else Direction.BACKWARD


def _loss_refusals(loss_reason: str | None, known: Collection[str]) -> list[Refusal]:
    if loss_reason is None:
        return [_refusal("loss_reason_required", "A lost case needs its reason.", "loss_reason")]
    if loss_reason not in known:
        return [_refusal("unknown_loss_reason", f"There is no loss reason {loss_reason}.", "loss_reason")]
    return []


def _refusal(code: str, message: str, field: str) -> Refusal:
    return Refusal(f"sales.{code}", message, field)
