"""Texts of clauses and templates: plain words with {{ names }} and conditions, made into markup of a document."""

import re
from html import escape

from xrm_legal.errors import TextForbidden

_TOKEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LONE_STATEMENT = re.compile(r"^[ \t]*(\{%.*?%\})[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"\{%[-+]?\s*(\w*)")
# What chooses and repeats words. Blocks, includes and macros would reach into the rest of the document.
_ALLOWED = frozenset({"if", "elif", "else", "endif", "for", "endfor"})


def as_markup(text: str) -> str:
    """The text as template source: an empty line ends a paragraph, a line break stays, all else is text.

    Markup that an author writes is shown, not obeyed; values are escaped when the template is filled.
    Raises: TextForbidden for a statement other than if and for.
    """
    text = _LONE_STATEMENT.sub(r"\1", text.strip().replace("\r\n", "\n"))
    parts: list[str] = []
    position = 0
    for token in _TOKEN.finditer(text):
        parts += [_words(text[position : token.start()]), _checked(token[0])]
        position = token.end()
    return f"<p>{''.join(parts)}{_words(text[position:])}</p>"


def _words(text: str) -> str:
    return (
        re.sub(r"\n\n+", "</p>\n<p>", escape(text, quote=False))
        .replace("\n", "<br>")
        .replace("<br><p>", "\n<p>")
    )


def _checked(token: str) -> str:
    if token.startswith("{#"):
        return ""
    if token.startswith("{%"):
        found = _WORD.match(token)
        word = found[1] if found else ""
        if word not in _ALLOWED:
            raise TextForbidden(word)
    return token
