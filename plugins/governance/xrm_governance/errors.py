"""The ways in which governance says no."""

import datetime as dt
from collections.abc import Iterable

from xrm_core.errors import DomainError, WireCode


class UnknownIndicator(DomainError):
    """There is no indicator of that name."""

    code = "governance.unknown_indicator"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no indicator {name!r}, but {', '.join(known)}.", field="name")


class NotGroupable(DomainError):
    """The indicator cannot be grouped that way."""

    code = "governance.not_groupable"

    def __init__(self, name: str, wanted: str, known: Iterable[str]) -> None:
        message = f"{name} is not grouped by {wanted!r}, but by {', '.join(known)}."
        super().__init__(message, field="groupBy")


class PeriodTooLong(DomainError):
    """The period has too many parts to look at each."""

    code = "governance.period_too_long"

    def __init__(self, parts: int, most: int) -> None:
        super().__init__(f"{parts} parts are more than {most}: ask for less.", field="groupBy")


class PeriodReversed(DomainError):
    """The period ends before it begins."""

    code = "governance.period_reversed"

    def __init__(self, first: dt.date, last: dt.date) -> None:
        super().__init__(f"{last} is before {first}.", field="to")


class PeriodAhead(DomainError):
    """Nothing of the period has passed, so there is nothing to report."""

    code = "governance.period_ahead"

    def __init__(self, first: dt.date) -> None:
        super().__init__(f"The period begins on {first}, which is still ahead.", field="period")


class UnknownReport(DomainError):
    """There is no such report, or the asker may not see it."""

    code = "governance.unknown_report"
    wire = WireCode.NOT_FOUND

    def __init__(self, report: str) -> None:
        super().__init__(f"There is no report {report}.", field="id")
