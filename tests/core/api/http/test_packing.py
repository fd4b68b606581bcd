"""Long answers are packed as the client can unpack them; secrets never are."""

import gzip

import pytest
import zstandard

from tests.core.api.http.sending import Server
from xrm_core.api.http.answers import packing

LONG = {"query": "{ __schema { types { name description } } }"}


@pytest.mark.parametrize(
    ("accepted", "name"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("br", None),
        ("identity, gzip;q=0.5", None),
        ("GZIP", "gzip"),
        ("gzip;q=x", None),
    ],
)
def test_the_client_gets_what_it_can_unpack(accepted: str, name: str | None) -> None:
    assert packing(accepted) == name


async def test_a_long_answer_is_packed(server: Server) -> None:
    plain = await server.post(LONG)
    gzipped = await server.post(LONG, accept_encoding="gzip")
    squeezed = await server.post(LONG, accept_encoding="zstd, gzip")

    assert "content-encoding" not in plain.headers
    assert gzipped.headers["content-encoding"] == "gzip" and gzip.decompress(gzipped.body) == plain.body
    assert squeezed.headers["content-encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(squeezed.body) == plain.body
    assert int(squeezed.headers["content-length"]) == len(squeezed.body) < len(plain.body) / 3


async def test_an_answer_with_a_session_is_not_packed(server: Server) -> None:
    aliases = " ".join(f"a{number}: __typename" for number in range(300))

    answer = await server.post(
        {"query": f"mutation {{ logout {aliases} }}"}, accept_encoding="gzip", **await server.as_user()
    )

    assert "set-cookie" in answer.headers and "content-encoding" not in answer.headers
    assert len(answer.body) > 2_000
