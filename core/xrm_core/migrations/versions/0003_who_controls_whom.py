"""who controls whom

Locks: core_relationship against writing while its new index is built (seconds a million rows). The new table is
filled from the relationships by `xrm migrate` itself afterwards.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ = (sa, postgresql)


def upgrade() -> None:
    """Run forward."""
    key = sa.Text().with_variant(postgresql.UUID(), "postgresql")
    day = sa.Text().with_variant(sa.Date(), "postgresql")
    op.create_table(
        "core_control_closure",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("controller_id", key, nullable=False),
        sa.Column("controlled_id", key, nullable=False),
        sa.Column("basis", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("valid_from", day, nullable=False),
        sa.Column("valid_to", day, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "controller_id",
            "controlled_id",
            "valid_from",
            name=op.f("pk_core_control_closure"),
        ),
    )
    op.create_index(
        op.f("ix_core_control_closure_tenant_id_controlled_id"),
        "core_control_closure",
        ["tenant_id", "controlled_id"],
    )
    op.create_index(
        "ix_core_relationship_backward",
        "core_relationship",
        ["tenant_id", "target_id", "source_id", "type_id"],
    )
    op.drop_index(op.f("ix_core_relationship_tenant_id_target_id"), "core_relationship")
