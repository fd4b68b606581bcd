"""The definition of a custom field: a resource like others, so it is listed, filtered and audited like them."""

from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.custom.kinds import CustomFieldKind
from xrm_core.declare.expressions import LANGUAGE
from xrm_core.declare.resource import Resource
from xrm_core.declare.specs import computed, field


class CustomField(Resource, crud=set(), custom=False):
    """A field that an admin added to a resource. It is retired, never deleted: what it held stays where it is."""

    __resource__ = "core.custom_field"
    __constraints__: ClassVar = (sa.UniqueConstraint("tenant_id", "resource", "key"),)

    resource: Mapped[str] = field(
        code=True, description="Which resource has it: core.party, legal.contract …"
    )
    key: Mapped[str] = field(code=True, description="Its name in customFields, filters, orders and groups.")
    kind: Mapped[CustomFieldKind] = field(description="What it holds.")
    label_en: Mapped[str] = field(description="What people see, in English.")
    label_fr: Mapped[str] = field(description="What people see, in French.")
    description: Mapped[str | None] = field(default=None, description="What it is for.")
    options: Mapped[list] = field(  # type: ignore[type-arg]
        default=list, description="Of a choice: { value, labelEn, labelFr } each."
    )
    is_required: Mapped[bool] = field(default=False, description="Nothing is created without it.")
    is_indexed: Mapped[bool] = field(default=False, description="Filters and orders by it are fast.")
    is_retired: Mapped[bool] = field(default=False, description="No longer shown, asked about or written.")

    label = computed(
        str,
        lambda one: sa.case((LANGUAGE == "fr", one.label_fr), else_=one.label_en),
        nullable=False,
        description="What people see, in the asker's language.",
    )
