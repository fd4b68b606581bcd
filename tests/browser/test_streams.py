"""The clients that browsers use for subscriptions (npm: graphql-ws, graphql-sse) hear what the protocols promise."""

import json
from pathlib import Path

import pytest

from tests.browser.node import installed, run
from tests.browser.serving import serving

pytestmark = pytest.mark.browser

STREAMS = Path(__file__).parent / "streams"


def test_both_clients_hear_changes_and_are_told_what_is_wrong(tmp_path: Path) -> None:
    folder = installed(STREAMS)

    with serving(tmp_path) as served:
        found = json.loads(
            run(folder / "streams.mjs", f"{served.url}/graphql", served.token(), folder=folder)
        )

    told = {"data": {"changes": {"type": "Party", "kind": "created"}}}
    assert found["heard"] == [told, told]
    assert found["made"] == {"data": {"createParty": {"name": "Acme"}}}
    assert found["asked"] == {"data": {"me": {"name": "Admin"}}}
    assert found["wrong"][0] == {"refused": "VALIDATION"}
    assert found["wrong"][1]["errors"][0]["extensions"]["code"] == "VALIDATION"
    assert found["nobody"] == 4403
    assert set(found["closed"]) == {1000}
