"""The official audits of the GraphQL-over-HTTP specification (npm: graphql-http) find nothing to remark."""

import json
from pathlib import Path

import pytest

from tests.browser.node import installed, run
from tests.browser.serving import serving

pytestmark = pytest.mark.browser

AUDITS = Path(__file__).parent / "audits"


def test_every_audit_passes(tmp_path: Path) -> None:
    folder = installed(AUDITS)

    with serving(tmp_path) as served:
        found = json.loads(run(folder / "audit.mjs", f"{served.url}/graphql", folder=folder))

    assert len(found) == 61
    assert [one for one in found if one["status"] != "ok"] == []
