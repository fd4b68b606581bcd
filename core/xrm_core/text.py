"""Text that people typed: how it is compared, and how names change between Python, SQL and GraphQL."""

import re
import unicodedata

_HUMP = re.compile(r"_([a-z0-9])")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def text_key(text: str) -> str:
    """What text is compared, sorted and searched by: no accents, no case, compatibility forms unified."""
    if text.isascii():
        return text.lower()
    # Folded once unified (™ is "TM" only then), and unified again, since folding may compose.
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", folded)
    return "".join(char for char in plain if not unicodedata.combining(char))


def camel(name: str) -> str:
    """`due_on` as `dueOn`."""
    return _HUMP.sub(lambda hump: hump.group(1).upper(), name)


def pascal(name: str) -> str:
    """`due_on` as `DueOn`."""
    spelled = camel(name)
    return spelled[:1].upper() + spelled[1:]


def snake(name: str) -> str:
    """`dueOn` as `due_on`."""
    return _CAPITAL.sub(r"_\1", name).lower()


def plural(name: str) -> str:
    """The English plural of a resource's API name: party, parties; address, addresses."""
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", name):
        return name + "es"
    return name + "s"
