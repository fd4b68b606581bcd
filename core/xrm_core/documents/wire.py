"""How the server and a rendering worker talk: frames of bytes with their length before them.

Jobs go to the worker as pickles, because the server is trusted. Answers come back as JSON and raw bytes,
because a worker has run templates and is not: the server never unpickles what a worker sends.
"""

import json
import pickle
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

JobKind = Literal["render", "variables"]
_HEADER = struct.Struct(">QQ")
_MAX_FACTS = 16 * 1024 * 1024


class WireBroken(Exception):
    """The other side is gone, or does not keep to the protocol."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: a pickled PdfRequest, and what the worker needs for it.

    `templates` and `assets` are None when the worker has this library already.
    """

    kind: JobKind
    request: bytes
    library_digest: str
    templates: dict[str, str] | None
    assets: dict[str, bytes] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker says: facts as JSON values, and the file if there is one."""

    facts: dict[str, Any] = field(default_factory=dict)
    content: bytes = b""


def send_job(stream: BinaryIO, job: Job) -> None:
    """Write a Job."""
    pickled = pickle.dumps(job)
    stream.write(_HEADER.pack(len(pickled), 0) + pickled)
    stream.flush()


def receive_job(stream: BinaryIO) -> Job | None:
    """The next Job, or None when the server has closed the pipe."""
    header = stream.read(_HEADER.size)
    if not header:
        return None
    job: Job = pickle.loads(_exactly(stream, _HEADER.unpack(header)[0]))
    return job


def send_answer(stream: BinaryIO, answer: Answer) -> None:
    """Write an Answer."""
    facts = json.dumps(answer.facts).encode()
    stream.write(_HEADER.pack(len(facts), len(answer.content)) + facts)
    stream.write(answer.content)
    stream.flush()


def receive_answer(stream: BinaryIO, *, content_limit: int) -> Answer:
    """The worker's next Answer.

    Raises: WireBroken if the worker ended, or claims more than it may send.
    """
    header = _exactly(stream, _HEADER.size)
    facts_size, content_size = _HEADER.unpack(header)
    if facts_size > _MAX_FACTS or content_size > content_limit:
        raise WireBroken("the answer is larger than agreed")
    facts = json.loads(_exactly(stream, facts_size))
    return Answer(facts, _exactly(stream, content_size))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise WireBroken("the other side ended")
    return content
