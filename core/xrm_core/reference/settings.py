"""The page of settings."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from xrm_core.plugins.host import PluginHost
from xrm_core.reference.page import code, page, table
from xrm_core.settings import Settings

_INTRODUCTION = """\
Each is read from the environment, else from a file `.env` in the folder where the process starts, else it has
its default."""
_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "secret",
}


def settings_page(_host: PluginHost) -> str:
    """Every setting: its variable, what it may be, its default and its meaning."""
    prefix = Settings.model_config.get("env_prefix", "")
    rows = [
        [
            code(f"{prefix}{name}".upper()),
            _kind(field),
            code(_default(field.default)) or "empty",
            field.description or "",
        ]
        for name, field in Settings.model_fields.items()
    ]
    return page("Settings", _INTRODUCTION, table(["variable", "a", "default", "meaning"], rows))


def _kind(field: FieldInfo) -> str:
    words = _WORDS.get(field.annotation, str(field.annotation))  # type: ignore[arg-type]
    return ", ".join([words, *[_limit(limit) for limit in field.metadata]])


def _limit(limit: Any) -> str:
    names = (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below"), ("pattern", "matching"))
    for name, word in names:
        value = getattr(limit, name, None)
        if value is not None:
            return f"{word} {code(value) if name == 'pattern' else value}"
    return str(limit)


def _default(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
