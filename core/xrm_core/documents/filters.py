"""How numbers, dates and paragraphs read in a document's language (rules.md R-C-44). Runs in the worker."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from jinja2 import Undefined
from markupsafe import Markup, escape

from xrm_core.documents.requests import Language
from xrm_core.money import minor_units, round_half_up

# English documents go to European readers: day before month, A4.
_LOCALES: dict[Language, str] = {"fr": "fr_FR", "en": "en_GB"}


def money(value: Any, currency: str | None = None, language: Language = "fr") -> str:
    """An amount with its currency, rounded half-up to the currency's minor unit (rules.md R-0-01).

    `value` is a number with the currency beside it, or a dict with `amount` and `currency`.
    """
    if isinstance(value, dict):
        value, currency = value["amount"], value["currency"]
    if not currency:
        raise TypeError("an amount needs its currency: amount|money('EUR')")
    rounded = round_half_up(_decimal(value), minor_units(currency))
    return _spaced(format_currency(rounded, currency, locale=_LOCALES[language]))


def number(value: Any, places: int | None = None, language: Language = "fr") -> str:
    """A number in groups of three digits, with exactly `places` decimals if given, else as many as it has."""
    amount = _decimal(value)
    if places is None:
        return _spaced(format_decimal(amount, locale=_LOCALES[language], decimal_quantization=False))
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return _spaced(format_decimal(round_half_up(amount, places), pattern, locale=_LOCALES[language]))


def percent(value: Any, places: int = 1, language: Language = "fr") -> str:
    """A fraction as a percentage: 0.05 is 5.0 % (rules.md R-0-06), rounded half-up to `places`."""
    space = "\u00a0" if language == "fr" else ""
    return f"{number(_decimal(value) * 100, places, language)}{space}%"


def day(value: Any, style: str = "long", language: Language = "fr") -> str:
    """A date in words (`long`), or shorter: `full`, `medium`, `short`."""
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is not a date")
    return _spaced(format_date(value, style, locale=_LOCALES[language]))


def paragraphs(value: Any) -> Markup:
    """A text as HTML paragraphs: an empty line ends one, a line break stays. The text itself stays text."""
    blocks = [block for block in str(value).replace("\r\n", "\n").split("\n\n") if block.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, block.strip("\n").split("\n"))))
        for block in blocks
    )


def document_filters(language: Language) -> dict[str, Callable[..., Any]]:
    """The filters of a document in this language, by the names that templates use."""

    def local(function: Callable[..., Any]) -> Callable[..., Any]:
        def filtered(value: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(value, Undefined):
                return str(value)
            return function(value, *arguments, **{"language": language, **options})

        return filtered

    return {
        "money": local(money),
        "number": local(number),
        "percent": local(percent),
        "date": local(day),
        "paragraphs": paragraphs,
    }


def _decimal(value: Any) -> Decimal:
    if type(value) is int or isinstance(value, Decimal):
        return Decimal(value)
    raise TypeError(f"{value!r} is not a number")


def _spaced(text: str) -> str:
    # The narrow no-break space of French numbers is in few fonts; the plain one reads the same.
    return text.replace("\u202f", "\u00a0")
