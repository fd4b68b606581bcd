"""An answer in export mode on its way out: as fast as it is taken, broken off where it cannot be ended."""

import asyncio
import zlib
from contextlib import aclosing
from typing import Any

import zstandard
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from xrm_core.api.exporting import Export
from xrm_core.api.http.answers import headers_of, packing
from xrm_core.api.leaving import left

# Smaller pieces of text are sent together.
_PIECE_BYTES = 32_000
# zlib's number for gzip's header and checksum around the largest window.
_GZIP_BITS = 31


class ExportResponse(Response):
    """Writes an export as its rows are read.

    A client that takes nothing, or goes away, or an export that fails half-way ends it without its last chunk, so that
    it can never be taken for a whole answer.
    """

    def __init__(self, export: Export, request: Request, media: str) -> None:
        super().__init__(b"", 200, headers_of(media))
        # How long it gets is not known before it ends.
        del self.headers["content-length"]
        self._packer = self._packer_for(request.headers.get("accept-encoding", ""))
        self._export, self._settings = export, export.running.context.app.settings

    def _packer_for(self, accepted: str) -> Any:
        name = packing(accepted)
        if name is None:
            return None
        self.headers["content-encoding"] = name
        if name == "zstd":
            return zstandard.ZstdCompressor(level=1).compressobj()
        return zlib.compressobj(1, wbits=_GZIP_BITS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, or break it off."""
        gone = asyncio.create_task(left(receive))
        try:
            async with asyncio.timeout(self._settings.export_timeout_s):
                await self._send_all(send, gone)
        except (Exception, asyncio.CancelledError) as wrong:
            self._export.broken(wrong)
            if isinstance(wrong, asyncio.CancelledError):
                raise
        finally:
            gone.cancel()
            await self._export.close()

    async def _send_all(self, send: Send, gone: asyncio.Task[None]) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        piece = bytearray()
        async with aclosing(self._export.chunks()) as chunks:
            async for chunk in chunks:
                piece += chunk
                if len(piece) >= _PIECE_BYTES:
                    await self._send(send, self._packed(bytes(piece)), gone)
                    piece.clear()
        await self._send(send, self._packed(bytes(piece)) + self._last(), gone)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _packed(self, piece: bytes) -> bytes:
        return piece if self._packer is None else bytes(self._packer.compress(piece))

    def _last(self) -> bytes:
        return b"" if self._packer is None else bytes(self._packer.flush())

    async def _send(self, send: Send, body: bytes, gone: asyncio.Task[None]) -> None:
        if gone.done():
            raise ConnectionError("The client has gone.")
        async with asyncio.timeout(self._settings.export_stall_s):
            await send({"type": "http.response.body", "body": body, "more_body": True})
