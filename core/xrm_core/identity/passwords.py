"""Passwords: argon2, and the same work for an address nobody has."""

import secrets
from functools import cache
from typing import Any


def _hasher() -> Any:
    from pwdlib import PasswordHash  # argon2 is loaded only where passwords are checked

    return PasswordHash.recommended()


def password_hash(password: str) -> str:
    """The argon2 hash of a password."""
    return str(_hasher().hash(password))


def verify(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one; with nothing stored it takes as long and is false."""
    return bool(_hasher().verify(password, stored or _nobodys_hash())) and stored is not None


@cache
def _nobodys_hash() -> str:
    return password_hash(secrets.token_urlsafe(16))
