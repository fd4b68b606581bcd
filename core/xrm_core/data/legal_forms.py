"""How the legal form of an organisation is spelled: one short code for each way of writing the same form.

Two spellings stand together only where they name the same form in the same law; LTD and PLC are two forms.
"""

# Words are as `names.plain_words` leaves them: case-folded, without accents and dots.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    # United Kingdom, Ireland
    "ltd": ("limited",),
    "plc": ("public limited company", "p l c"),
    "llp": ("limited liability partnership", "l l p"),
    "lp": ("limited partnership",),
    "cic": ("community interest company",),
    "cio": ("charitable incorporated organisation",),
    "dac": ("designated activity company",),
    # United States, Canada
    "inc": ("incorporated",),
    "corp": ("corporation",),
    "llc": ("limited liability company", "l l c"),
    # France, Belgium, Luxembourg, Switzerland
    "sa": ("societe anonyme",),
    "sarl": ("societe a responsabilite limitee",),
    "sas": ("societe par actions simplifiee",),
    "sasu": ("societe par actions simplifiee unipersonnelle",),
    "eurl": ("entreprise unipersonnelle a responsabilite limitee",),
    "snc": ("societe en nom collectif",),
    "sci": ("societe civile immobiliere",),
    "scop": ("societe cooperative et participative",),
    "gie": ("groupement d interet economique", "groupement dinteret economique"),
    # Germany, Austria
    "gmbh": ("gesellschaft mit beschrankter haftung", "ges mbh", "gesmbh"),
    "ag": ("aktiengesellschaft",),
    "kg": ("kommanditgesellschaft",),
    "kgaa": ("kommanditgesellschaft auf aktien",),
    "ohg": ("offene handelsgesellschaft",),
    "ug": ("unternehmergesellschaft",),
    # Netherlands, Italy, Spain, Portugal, Poland, Nordic countries, Europe
    "bv": ("besloten vennootschap", "b v"),
    "nv": ("naamloze vennootschap", "n v"),
    "spa": ("societa per azioni",),
    "srl": ("societa a responsabilita limitata",),
    "sl": ("sociedad limitada",),
    "lda": ("limitada",),
    "sp zoo": ("sp z o o", "sp z oo", "społka z ograniczona odpowiedzialnoscia"),
    "aps": ("anpartsselskab",),
    "oyj": ("julkinen osakeyhtio",),
    "oy": ("osakeyhtio",),
    "ab": ("aktiebolag",),
    "se": ("societas europaea",),
    # India, Singapore, Australia
    "pvt ltd": ("private limited", "pvt limited", "private ltd"),
    "pte ltd": ("pte limited",),
    "pty ltd": ("pty limited", "proprietary limited", "proprietary ltd"),
}

# Read as a form only where nothing but forms follows: elsewhere they are ordinary words
# ("the company of …", "co-operative").
_AT_THE_END: dict[str, str] = {"company": "co", "co": "co"}

# Too short or too common as initials to say "organisation" by themselves.
_INITIALS = frozenset({"ab", "ag", "lp", "nv", "bv", "sa", "se", "sl", "kg", "ug", "oy", "spa"})


def _phrases() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {
        tuple(spelling.split()): tuple(code.split())
        for code, spellings in _SPELLINGS.items()
        for spelling in spellings
    }


_PHRASES = _phrases()
_LONGEST = max(map(len, _PHRASES))
# A phrase can only begin at one of these words: most words of most names are none of them.
_FIRST_WORDS = frozenset(phrase[0] for phrase in _PHRASES)
_CODES = frozenset(word for code in _SPELLINGS for word in code.split()) | {"co"}


def with_form_codes(words: list[str]) -> list[str]:
    """The words of a name with every spelling of a legal form replaced by its code.

    `co` and `company` count as one form at the end of the name or before another form, nowhere else.
    """
    result: list[str] = []
    i = 0
    while i < len(words):
        taken, code = _form_at(words, i) if words[i] in _FIRST_WORDS else (1, (words[i],))
        result.extend(code)
        i += taken
    return _with_company_at_the_end(result)


def has_legal_form(words: list[str]) -> bool:
    """True if the name, its forms already coded, carries a legal form that nobody's initials would spell.

    Short codes that initials do spell (SA, AB …) count at the end of the name only.
    """
    return bool(words) and (
        any(word in _CODES and word not in _INITIALS for word in words) or words[-1] in _CODES
    )


def without_forms(name: str) -> str:
    """The normalised name without the legal forms at its end; itself if nothing else would be left."""
    words = name.split()
    end = len(words)
    while end > 1 and words[end - 1] in _CODES:
        end -= 1
    return " ".join(words[:end])


def forms_at_the_end(words: list[str]) -> int:
    """How many words at the end of a name are its legal form, however spelled; never all of them."""
    for start in range(1, len(words)):
        # Whatever stands before a form: `company` is one only behind a name.
        if set(with_form_codes(["", *words[start:]])[1:]) <= _CODES:
            return len(words) - start
    return 0


def _form_at(words: list[str], start: int) -> tuple[int, tuple[str, ...]]:
    for length in range(min(_LONGEST, len(words) - start), 0, -1):
        code = _PHRASES.get(tuple(words[start : start + length]))
        if code is not None:
            return length, code
    return 1, (words[start],)


def _with_company_at_the_end(words: list[str]) -> list[str]:
    for i in range(len(words) - 1, 0, -1):
        if words[i] in _AT_THE_END:
            words[i] = _AT_THE_END[words[i]]
        elif words[i] not in _CODES:
            break
    return words
