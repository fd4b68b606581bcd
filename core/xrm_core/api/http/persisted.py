"""Documents that are named instead of sent: learnt by their hash, or trusted by the operator."""

import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, ClassVar

from xrm_core.api.http.reading import Sent
from xrm_core.api.trusted import TrustedDocuments, hash_of
from xrm_core.errors import DomainError, Forbidden, Invalid, WireCode
from xrm_core.settings import Settings

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PREFIX = "sha256:"
# Characters of all learnt documents together.
_MOST_CHARACTERS = 8_000_000


class PersistedQueryNotFound(DomainError):
    """The server does not know the document of this hash; send it again with its text."""

    code = "core.persisted_query_not_found"
    wire: ClassVar[WireCode] = WireCode.PERSISTED_QUERY_NOT_FOUND

    def __init__(self) -> None:
        # Apollo's clients look for this very text, or for the code.
        super().__init__("PersistedQueryNotFound")


class PersistedQueryNotSupported(DomainError):
    """Another version of the protocol than 1, or documents are not learnt here."""

    code = "core.persisted_query_not_supported"
    wire: ClassVar[WireCode] = WireCode.PERSISTED_QUERY_NOT_SUPPORTED

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class DocumentNotTrusted(Forbidden):
    """Only the documents that the operator trusts are run here."""

    code = "core.document_not_trusted"

    def __init__(self) -> None:
        super().__init__("Only registered documents are run here, and this is none of them.")


class Learnt:
    """Documents by the SHA-256 of their text, the most recently used ones. The key is computed here, never believed."""

    def __init__(self, most: int, characters: int = _MOST_CHARACTERS) -> None:
        self._most, self._left = most, characters
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, sha256: str) -> str | None:
        """The text, now the most recent."""
        text = self._texts.get(sha256)
        if text is not None:
            self._texts.move_to_end(sha256)
        return text

    def put(self, text: str) -> None:
        """Keep a document; the ones used longest ago make room."""
        key = hash_of(text)
        with self._lock:
            if key in self._texts or self._most < 1:
                return
            self._texts[key] = text
            self._left -= len(text)
            while self._texts and (len(self._texts) > self._most or self._left < 0):
                _, gone = self._texts.popitem(last=False)
                self._left += len(gone)


class Documents:
    """What a request's document is: the text it sends, or the one it names."""

    def __init__(self, settings: Settings) -> None:
        path = settings.trusted_documents
        self.trusted = TrustedDocuments(Path(path)) if path else None
        self.learnt = Learnt(settings.max_learnt_documents)

    @property
    def are_free(self) -> bool:
        """Whether any valid document is run."""
        return self.trusted is None

    def text_of(self, sent: Sent) -> str:
        """The document to run.

        Raises: PersistedQueryNotFound, PersistedQueryNotSupported, DocumentNotTrusted, Invalid.
        """
        sha256 = _hash_sent(sent.extensions.get("persistedQuery"))
        if sent.query is not None and sha256 is not None and hash_of(sent.query) != sha256:
            raise Invalid("The hash is not the SHA-256 of the query.", field="extensions.persistedQuery")
        if self.trusted is not None:
            return self._trusted(sent, sha256)
        if sent.query is not None:
            return sent.query
        text = self.learnt.get(sha256 or _bare(sent.document_id or ""))
        if text is None:
            raise PersistedQueryNotFound()
        return text

    def _trusted(self, sent: Sent, sha256: str | None) -> str:
        assert self.trusted is not None
        name = sent.document_id or sha256 or hash_of(sent.query or "")
        text = self.trusted.get(name) or self.trusted.get(_bare(name))
        if text is None or (sent.query is not None and hash_of(sent.query) != hash_of(text)):
            raise DocumentNotTrusted()
        return text

    def learn(self, sent: Sent) -> None:
        """Keep the document if the client asked for that; it was valid, and somebody signed in sent it."""
        if self.trusted is None and sent.query is not None and sent.extensions.get("persistedQuery"):
            self.learnt.put(sent.query)


def _bare(name: str) -> str:
    return name.removeprefix(_PREFIX)


def _hash_sent(persisted: Any) -> str | None:
    if persisted is None:
        return None
    if not isinstance(persisted, dict):
        raise Invalid("persistedQuery is a JSON object.", field="extensions.persistedQuery")
    if persisted.get("version") != 1 or isinstance(persisted.get("version"), bool):
        raise PersistedQueryNotSupported()
    sha256 = persisted.get("sha256Hash")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        message = "sha256Hash is 64 hexadecimal digits in lower case."
        raise Invalid(message, field="extensions.persistedQuery.sha256Hash")
    return sha256
