"""The comparison key of a text beside which none is stored (codes, what SQL computes), worked out by the database."""

import unicodedata
from functools import cache
from typing import Any

import sqlalchemy as sa

from xrm_core.query.compiler import Compiler
from xrm_core.query.jsonsql import literal
from xrm_core.text import text_key

# The one letter that folding writes as two, once texts are decomposed.
_SHARP, _AS_WRITTEN = "ß", "ss"
# Beyond there are no letters with capitals and no accents.
_END = 0x20000


def folded(compiler: Compiler, text: Any) -> Any:
    """The text as `text_key` has it, on both databases; most texts are ASCII and need not be looked up."""
    if compiler.json.sqlite:
        is_plain = sa.func.length(text) == sa.func.length(sa.cast(text, sa.LargeBinary()))
        key = sa.func.xrm_key(text)
    else:
        is_plain = sa.func.octet_length(text) == sa.func.length(text)
        decomposed = sa.func.normalize(text, sa.literal_column("NFKD"))
        letters, instead = (compiler.binds.constant(name, _letters()[name]) for name in ("from", "to"))
        key = sa.func.replace(
            sa.func.translate(decomposed, letters, instead), literal(_SHARP), literal(_AS_WRITTEN)
        )
    return sa.case((is_plain, sa.func.lower(text)), else_=key)


@cache
def _letters() -> dict[str, str]:
    """Letters of decomposed texts that folding writes otherwise, and what as; then those that it leaves out."""
    others, gone = {}, []
    for letter in map(chr, range(_END)):
        key = text_key(letter)
        if key == letter or unicodedata.normalize("NFKD", letter) != letter:
            continue
        if not key:
            gone.append(letter)
        elif letter != _SHARP:
            others[letter] = _SHARP if key == _AS_WRITTEN else key
    return {"from": "".join((*others, *gone)), "to": "".join(others.values())}
