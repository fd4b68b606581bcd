"""Credit's tests all live on one day."""

import pytest

from tests.plugins.credit.receivables import freeze


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last day of the made-up books."""
    freeze(monkeypatch, "2026-09-30")
