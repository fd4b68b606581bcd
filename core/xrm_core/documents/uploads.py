"""Uploads: files sent before the command that uses them, kept on disk under their id until they expire.

They are not in the store of documents: there equal contents are one file, and one user's expiry must not take what
another's document is. What should stay is stored there by the command that uses it.
"""

import asyncio
import datetime as dt
import hashlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.db.engine import Database
from xrm_core.db.failures import told
from xrm_core.declare.context import Context
from xrm_core.documents.errors import UploadLost, UploadRefused
from xrm_core.documents.models import Upload
from xrm_core.documents.sniffing import LOOKED_AT, media_type_of
from xrm_core.errors import Invalid, NotFound, Unavailable
from xrm_core.identity.actor import Actor
from xrm_core.identity.models import User
from xrm_core.ids import Id, new_id
from xrm_core.settings import Settings

_LOG = structlog.get_logger("xrm.uploads")
MOST_WAITING = 100
_TOGETHER = "Your uploads would take more than they may together; use some or let them expire."
_MOST_AT_ONCE = 4
_PIECE = 1_000_000
_LONGEST_NAME = 200
SWEPT_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was uploaded: where its bytes lie, what it is called and what it is."""

    id: Id[Any]
    path: Path
    name: str
    media_type: str
    sha256: str
    size: int


def uploads_folder(settings: Settings) -> Path:
    """Where uploads lie."""
    return settings.data_dir / "uploads"


async def open_upload(ctx: Context, upload_id: Any, *, field: str = "upload") -> UploadedFile:
    """A file that the actor uploaded; from now on it is kept as long again as an upload is kept.

    Its path is read by the product's own code only: nothing of it is run, and it is served to nobody. Raises: NotFound
    naming `field` if there is none, it expired, or somebody else uploaded it; UploadLost if its bytes are not here.
    """
    settings: Settings = ctx.app.settings
    try:
        wanted: Id[Any] = Id(str(upload_id))
    except ValueError:
        raise NotFound("upload", upload_id, field=field) from None
    own = (Upload.tenant_id == ctx.tenant_id, Upload.id == wanted, Upload.user_id == ctx.actor.user_id)
    row = (
        await ctx.session.scalars(sa.select(Upload).where(*own, Upload.expires_at > ctx.now))
    ).one_or_none()
    if row is None:
        raise NotFound("upload", upload_id, field=field)
    path = uploads_folder(settings) / str(row.id)
    if not await asyncio.to_thread(path.is_file):
        raise UploadLost(field)
    row.expires_at = ctx.now + dt.timedelta(hours=settings.upload_hours)
    return UploadedFile(row.id, path, row.name, row.media_type, row.sha256, row.size)


class Uploads:
    """Takes uploads of one process, and clears away what expired."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._folder = uploads_folder(settings)
        self._arriving: dict[Any, list[_Writer]] = {}
        self._next_sweep = 0.0

    async def receive(self, actor: Actor, pieces: AsyncIterator[bytes], *, name: str) -> Upload:
        """Keep what comes in as the actor's. Raises: UploadRefused; Invalid if nothing comes; what `pieces` raises."""
        user = actor.user_id
        if user is None:
            raise UploadRefused("Only users upload.")
        beside = self._arriving.setdefault(user, [])
        if len(beside) >= _MOST_AT_ONCE:
            raise UploadRefused(f"At most {_MOST_AT_ONCE} uploads of one user at the same time.")
        writer = _Writer(beside)
        beside.append(writer)
        try:
            await self._sweep_now_and_then()
            return await self._received(actor, pieces, _named(name), writer)
        except OSError as full:
            _LOG.error("an upload could not be written", exc_info=full)
            raise Unavailable("The file cannot be stored now; try again later.", field="body") from full
        finally:
            beside.remove(writer)
            if not beside:
                del self._arriving[user]

    async def _received(
        self, actor: Actor, pieces: AsyncIterator[bytes], name: str, writer: "_Writer"
    ) -> Upload:
        with told():
            async with AsyncSession(self._database.read_engine) as session:
                writer.most = await self._left(session, actor)
        upload_id: Id[Any] = new_id()
        arriving, path = self._folder / f".new-{upload_id}", self._folder / str(upload_id)
        file = await asyncio.to_thread(_begun, arriving)
        try:
            writer.file = file
            async for piece in pieces:
                await writer.take(piece)
            await writer.finish()
            if not writer.size:
                raise Invalid("The file is empty.", field="body")
            await asyncio.to_thread(_placed, arriving, path)
            return await self._recorded(actor, upload_id, name, writer)
        except BaseException:
            # Waited for here: whoever cancels this must not leave the file behind.
            arriving.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        finally:
            file.close()

    async def _recorded(self, actor: Actor, upload_id: Id[Any], name: str, writer: "_Writer") -> Upload:
        now = dt.datetime.now(dt.UTC)
        made = Upload(
            tenant_id=actor.tenant_id,
            id=upload_id,
            user_id=actor.user_id,
            name=name,
            media_type=media_type_of(bytes(writer.beginning)),
            sha256=writer.hash.hexdigest(),
            size=writer.size,
            created_at=now,
            expires_at=now + dt.timedelta(hours=self._settings.upload_hours),
        )
        with told():
            async with bookkeeping(self._database) as session:
                # What came in beside it, here or in another process, counts too: one after the other from here on.
                own = (User.tenant_id == actor.tenant_id, User.id == actor.user_id)
                await session.execute(sa.select(User.id).where(*own).with_for_update())
                if writer.size > await self._left(session, actor):
                    raise UploadRefused(_TOGETHER)
                session.add(made)
                await session.flush()
                session.expunge(made)
        return made

    async def _left(self, session: AsyncSession, actor: Actor) -> int:
        """How many bytes the user may still upload. Raises: UploadRefused if none."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Upload.size), 0)).where(
            Upload.tenant_id == actor.tenant_id,
            Upload.user_id == actor.user_id,
            Upload.expires_at > dt.datetime.now(dt.UTC),
        )
        count, size = (await session.execute(query)).one()
        left: int = self._settings.upload_quota_bytes - int(size)
        if count >= MOST_WAITING:
            raise UploadRefused(
                f"{MOST_WAITING} of your uploads wait to be used; use them or let them expire."
            )
        if left <= 0:
            quota = self._settings.upload_quota_bytes
            raise UploadRefused(f"Your uploads take {quota} bytes together; use them or let them expire.")
        return left

    async def _sweep_now_and_then(self) -> None:
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SWEPT_EVERY_S
            await self.sweep()

    async def sweep(self) -> int:
        """Delete what expired, and files that no upload ever became; how many uploads were deleted."""
        with told():
            async with bookkeeping(self._database) as session:
                expired = Upload.expires_at <= dt.datetime.now(dt.UTC)
                gone = list(await session.scalars(sa.select(Upload.id).where(expired)))
                await session.execute(sa.delete(Upload).where(expired, Upload.id.in_(gone)))
            async with bookkeeping(self._database) as session:
                known = {str(one) for one in await session.scalars(sa.select(Upload.id))}
        patience_s = max(self._settings.upload_timeout_s * 2, 3_600)
        await asyncio.to_thread(_clear, self._folder, {str(one) for one in gone}, known, patience_s)
        return len(gone)


class _Writer:
    """Writes pieces beside the loop, a large one at a time, and knows what was written."""

    file: BinaryIO
    most = 0

    def __init__(self, beside: "list[_Writer]") -> None:
        """`beside`: what is being written for the same user; `most`: the bytes that all of it may take together."""
        self._beside = beside
        self._waiting = bytearray()
        self.beginning, self.hash, self.size = bytearray(), hashlib.sha256(), 0

    async def take(self, piece: bytes) -> None:
        """One more piece. Raises: UploadRefused beyond what the user may upload."""
        self.size += len(piece)
        if sum(one.size for one in self._beside) > self.most:
            raise UploadRefused(_TOGETHER)
        if len(self.beginning) < LOOKED_AT:
            self.beginning += piece[: LOOKED_AT - len(self.beginning)]
        self._waiting += piece
        if len(self._waiting) >= _PIECE:
            await self._write()

    async def finish(self) -> None:
        """Everything is on disk, power loss included."""
        await self._write()
        await asyncio.to_thread(os.fsync, self.file.fileno())

    async def _write(self) -> None:
        piece, self._waiting = bytes(self._waiting), bytearray()
        await asyncio.to_thread(self._write_piece, piece)

    def _write_piece(self, piece: bytes) -> None:
        self.file.write(piece)
        self.file.flush()
        self.hash.update(piece)


def _named(name: str) -> str:
    """The name as people see it: it never names a place on disk."""
    shown = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\"')
    return shown.strip()[:_LONGEST_NAME] or "upload"


def _begun(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Readable by the owner only, run by nobody.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "wb")


def _placed(arriving: Path, path: Path) -> None:
    os.replace(arriving, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path, gone: set[str], known: set[str], patience_s: float) -> None:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        try:
            is_old = time.time() - path.stat().st_mtime > patience_s
            if path.name in gone or (is_old and path.name not in known):
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue
