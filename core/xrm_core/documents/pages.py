"""The page around the text, as CSS: number, version, hash and page count (rules.md R-C-41, R-C-42)."""

from xrm_core.documents.requests import Furniture, Language

_WORDS: dict[Language, dict[str, str]] = {
    "fr": {"page": "Page ", "of": " sur ", "number": "N° ", "version": "version ", "initials": "Paraphes"},
    "en": {"page": "Page ", "of": " of ", "number": "No. ", "version": "version ", "initials": "Initials"},
}
_SHORT_HASH = 16


def css_string(text: str) -> str:
    """The text as a CSS string that cannot end early: all but letters, digits and spaces is escaped."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


def furniture_css(furniture: Furniture, language: Language) -> str:
    """The margin boxes of every page in the document's language; they win over a template's own rules."""
    words = _WORDS[language]
    boxes = {
        "@bottom-left": _content(css_string(_identity(furniture, language))),
        "@bottom-right": _content(
            f"{css_string(words['page'])} counter(page) {css_string(words['of'])} counter(pages)"
        ),
    }
    if furniture.header:
        boxes["@top-left"] = _content(css_string(furniture.header))
    if furniture.initials:
        boxes["@bottom-center"] = (
            _content(css_string(words["initials"]))
            + "border: 0.5pt solid #777 !important; width: 34mm !important; height: 11mm !important;"
            + "margin-top: 4mm !important; padding: 0.5mm 1mm !important; vertical-align: top !important;"
        )
    if furniture.watermark:
        boxes["@left-middle"] = _watermark(furniture.watermark)
    return "@page {\n" + "\n".join(f"  {name} {{ {rules} }}" for name, rules in boxes.items()) + "\n}\n"


def _identity(furniture: Furniture, language: Language) -> str:
    words = _WORDS[language]
    parts = [
        furniture.number and words["number"] + furniture.number,
        furniture.version and words["version"] + furniture.version,
        furniture.content_hash[:_SHORT_HASH],
    ]
    return " · ".join(part for part in parts if part)


def _content(value: str) -> str:
    return f"content: {value} !important; font-size: 7.5pt !important; color: #444 !important;"


def _watermark(text: str) -> str:
    # A margin box, because it is on every page and no screen reader reads it as text of the document.
    size = min(110, round(900 / max(len(text), 1)))
    return (
        f"content: {css_string(text)} !important; font-size: {size}pt !important;"
        "font-weight: bold !important; color: rgba(120, 120, 120, 0.16) !important;"
        "white-space: nowrap !important; text-align: center !important; width: 210mm !important;"
        "margin-right: -190mm !important; transform: rotate(-55deg) !important;"
    )
