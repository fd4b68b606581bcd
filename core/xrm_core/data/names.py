"""Party names made comparable: two spellings of one name give the same normalised name, nothing else does.

What is spelling: case, accents, punctuation, blanks, and the way the legal form is written
(LIMITED = LTD, S.A.R.L. = SARL). The form itself counts: ACME LTD, ACME PLC and ACME are three names.
"""

import re
import unicodedata

from xrm_core.data.legal_forms import with_form_codes

_DOT_BETWEEN_LETTERS = re.compile(r"(?<=\b\w)\.(?=\w\b)")  # S.A.R.L. and J.P. are words, not five
_APOSTROPHE = re.compile("['’‘`´]")
_NOT_A_LETTER = re.compile(r"[\W_]+")


def normalised_name(name: str) -> str:
    """The name in one spelling, lower case, words parted by one blank; empty if it has no letter or digit.

    `&` is punctuation and falls away, the word AND stays: only case, punctuation and the spelling of the
    legal form are levelled, so that equal results may be folded without asking anybody.
    """
    return " ".join(with_form_codes(plain_words(name)))


def plain_words(name: str) -> list[str]:
    """The words of a name, case-folded, without accents (NFKD) and punctuation.

    Apostrophes vanish (OFFICER'S = OFFICERS), dots between single letters too (S.A. = SA); any other
    punctuation parts words (E-TABS = E TABS).
    """
    folded = name.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    folded = _APOSTROPHE.sub("", _DOT_BETWEEN_LETTERS.sub("", folded))
    return _NOT_A_LETTER.sub(" ", folded).split()


def tidy(name: str) -> str:
    """The name as it is shown: as spelled, with single blanks and none at the ends."""
    return " ".join(name.split())
