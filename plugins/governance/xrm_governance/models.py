"""What governance keeps: reports, and each issue of them that was made."""

import datetime as dt
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import LANGUAGE, Id, Resource, computed, field, link
from xrm_core.documents.models import Document
from xrm_core.graph.party import Party


class Report(Resource, crud=set()):
    """A report that can be made for any period."""

    __resource__ = "governance.report"

    code: Mapped[str] = field(code=True, unique=True, description="board …")
    title_en: Mapped[str] = field()
    title_fr: Mapped[str] = field()
    description_en: Mapped[str] = field()
    description_fr: Mapped[str] = field()

    title = computed(
        str,
        lambda r: sa.case((LANGUAGE == "fr", r.title_fr), else_=r.title_en),
        description="Its title in the reader's language.",
    )


class ReportIssue(Resource, crud=set()):
    """A report as it was made for a period: the document, and the figures it was made from (rules.md R-0-07)."""

    __resource__ = "governance.report_issue"
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "report_id", "period"),)

    report: Mapped[Id[Report]] = link(inverse="issues", index=False)
    document: Mapped[Id[Document]] = link()
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    period: Mapped[str] = field(code=True, description="2026-09, 2026-Q3, 2026 …")
    as_of: Mapped[dt.date] = field(description="The last day it knows of.")
    language: Mapped[str] = field(code=True)
    content_sha256: Mapped[str] = field(code=True, description="Of the snapshot, as printed in the report.")
    snapshot: Mapped[str] = field(code=True, description="The figures it was made from, as canonical JSON.")
