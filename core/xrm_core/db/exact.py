"""Sums, averages, shares, days and keys that SQLite cannot compute by itself: Python does.

SQLite's integers end at 9.2·10^18 (a sum of millionths at 9.2·10^12) and everything beyond is a float. So a sum comes
as two, of the wholes and of the millionths, and is kept as text of one width that sorts as the number does.
"""

from typing import Any

from xrm_core.text import text_key
from xrm_core.zones import local_day

_MILLION = 1_000_000
_END = 10**12 * _MILLION
# Larger than any sum can be: what is added to it stays positive and keeps its width.
_OFFSET = 10**30
_WIDTH = 31


def sortable(millionths: int) -> str:
    """A number of millionths as text that sorts as numbers do."""
    return f"{millionths + _OFFSET:0{_WIDTH}d}"


def millionths(value: str | int) -> int:
    """The number of millionths in a sortable text; a count as it is."""
    return value if isinstance(value, int) else int(value) - _OFFSET


def total(whole: int | None, rest: int | None) -> str | None:
    """The sum of wholes and of millionths, sortable; None if nothing was added."""
    return None if whole is None or rest is None else sortable(whole * _MILLION + rest)


def shown(value: str | None) -> str | None:
    """A sortable sum as a plain number, without zeros at its end."""
    if value is None:
        return None
    number = millionths(value)
    text = f"{abs(number) // _MILLION}.{abs(number) % _MILLION:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text


def average(whole: int | None, rest: int | None, count: int) -> int | None:
    """The average in millionths, halves away from zero; None of nothing."""
    if whole is None or rest is None or not count:
        return None
    return _half_up(whole * _MILLION + rest, count)


def share(part: str | int | None, whole: str | int | None) -> str | None:
    """A part of a whole with six places, halves away from zero; None if either is missing or the whole is zero."""
    if part is None or whole is None or not millionths(whole):
        return None
    return shown(sortable(_half_up(millionths(part) * _MILLION, millionths(whole))))


def product(one: int | None, two: int | None) -> int | None:
    """One number of millionths times another, halves away from zero; None if either is missing.

    Raises: ArithmeticError from 10^12 on, as no number is so large.
    """
    return None if one is None or two is None else _in_range(_half_up(one * two, _MILLION))


def quotient(dividend: int | None, divisor: int | None) -> int | None:
    """One number of millionths by another, halves away from zero; None if either is missing, and by zero.

    Raises: ArithmeticError from 10^12 on.
    """
    return None if dividend is None or not divisor else _in_range(_half_up(dividend * _MILLION, divisor))


def _in_range(number: int) -> int:
    if abs(number) >= _END:
        # Not OverflowError, which SQLite would tell as a text that is too long.
        raise ArithmeticError
    return number


def _half_up(dividend: int, divisor: int) -> int:
    size = (2 * abs(dividend) + abs(divisor)) // (2 * abs(divisor))
    return -size if (dividend < 0) != (divisor < 0) else size


def key(text: str | None) -> str | None:
    """What a text is compared by where no key is stored beside it; None of nothing."""
    return None if text is None else text_key(text)


def teach(connection: Any) -> None:
    """Let a SQLite connection call these functions from SQL."""
    for name, arguments, function in (
        ("xrm_total", 2, total),
        ("xrm_shown", 1, shown),
        ("xrm_average", 3, average),
        ("xrm_share", 2, share),
        ("xrm_day", 2, local_day),
        ("xrm_product", 2, product),
        ("xrm_quotient", 2, quotient),
        ("xrm_key", 1, key),
    ):
        connection.create_function(name, arguments, function, deterministic=True)
