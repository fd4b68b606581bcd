"""superseded versions

Locks: creates tables only; nothing that holds rows is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ = (sa, postgresql)


def upgrade() -> None:
    """Run forward."""
    op.create_table(
        "core_relationship_history",
        sa.Column("type_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("source_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("target_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("share", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column("strength", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column("basis", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("stage", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("substage", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("status", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("episode", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("health", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "deterioration_index",
            sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"),
            nullable=True,
        ),
        sa.Column("locked_until", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("is_strategic", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column(
            "lawful_basis", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("fed_through", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("valid_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("valid_to", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column(
            "recorded_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "known_to", sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", "recorded_at", name=op.f("pk_core_relationship_history")),
    )
    with op.batch_alter_table("core_relationship_history", schema=None) as batch_op:
        batch_op.create_index(
            "ix_core_relationship_history_source", ["tenant_id", "source_id", "known_to"], unique=False
        )
        batch_op.create_index(
            "ix_core_relationship_history_target", ["tenant_id", "target_id", "known_to"], unique=False
        )
        batch_op.create_index(
            "ix_core_relationship_history_unit", ["tenant_id", "unit_id", "known_to"], unique=False
        )
