"""Documents that were made: what they are about, and the fingerprint of their bytes."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare.resource import Resource
from xrm_core.declare.specs import computed, field, link
from xrm_core.graph.party import Party
from xrm_core.ids import Id


class Document(Resource, crud=set()):
    """A file the product made, kept under the SHA-256 of its bytes; made again from the same data it is the same."""

    __resource__ = "core.document"

    title: Mapped[str] = field(search=True)
    media_type: Mapped[str] = field(code=True, default="application/pdf")
    sha256: Mapped[str] = field(code=True, index=True, description="Of the bytes, hexadecimal.")
    content_sha256: Mapped[str | None] = field(
        default=None, code=True, description="Of the content it was made from."
    )
    pages: Mapped[int | None] = field(default=None)
    size: Mapped[int] = field(description="In bytes.")
    kind: Mapped[str] = field(code=True, description="What it is: legal.contract, credit.dunning_letter …")
    party: Mapped[Id[Party] | None] = link(inverse="documents", default=None)
    unit: Mapped[Id[Party] | None] = link(default=None)
    subject_id: Mapped[str | None] = field(
        default=None, code=True, index=True, description="What it is about."
    )

    url = computed(
        str,
        lambda d: sa.literal("/documents/", sa.Text()).concat(sa.cast(d.id, sa.Text())),
        nullable=False,
        description="Where to download it, signed in.",
    )
