"""Identifiers: UUIDv7 made by the application, typed by what they name."""

import uuid
from typing import Any, Generic, TypeVar

import uuid_utils
from pydantic_core import core_schema

T = TypeVar("T")

# Namespace of identifiers derived from a natural key, so that two imports of one thing agree on its id.
NAMESPACE = uuid.UUID("6f1f4b0e-6f5b-5d0c-9d3c-2b0f7c3a9e11")


class Id(uuid.UUID, Generic[T]):
    """The identifier of a T. In Python a link holds this; in the API it is the object."""

    @classmethod
    def parse(cls, text: str) -> "Id[Any]":
        """The identifier written in `text`. Raises ValueError if it is not a UUID."""
        return cls(text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Pydantic takes a UUID or its text."""
        to_id = core_schema.no_info_plain_validator_function(_as_id)
        return core_schema.json_or_python_schema(json_schema=to_id, python_schema=to_id)


def _as_id(value: Any) -> Id[Any]:
    if isinstance(value, Id):
        return value
    return Id(str(value))


def new_id() -> Id[Any]:
    """A fresh UUIDv7: ordered by time, made without asking the database."""
    return Id(int=uuid_utils.uuid7().int)


def derived_id(*parts: object) -> Id[Any]:
    """The same id for the same natural key, everywhere (UUIDv5)."""
    return Id(int=uuid.uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts)).int)
