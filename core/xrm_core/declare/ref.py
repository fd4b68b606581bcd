"""`Ref`: an object of any resource, where an answer cannot say beforehand of which."""

from dataclasses import dataclass
from typing import Any

from xrm_core.ids import Id


@dataclass(frozen=True, slots=True)
class Ref:
    """An object by its resource and id; the API answers with the object, or null if the asker may not see it."""

    resource: str
    id: Id[Any]
