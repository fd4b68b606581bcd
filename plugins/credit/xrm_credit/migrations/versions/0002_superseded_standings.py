"""Superseded standings

Locks: creates a table, and writes credit_standing once: since when what its rows say is known is, at the latest, since
their last change.
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
        "credit_standing_history",
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("limit", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "limit_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("limit_valid_to", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("risk_class", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("hold", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("hold_since", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column(
            "dunning_procedure", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("dunning_released_to", sa.Integer(), nullable=True),
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
            "hold_reason_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column(
            "known_to", sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", "recorded_at", name=op.f("pk_credit_standing_history")),
    )
    with op.batch_alter_table("credit_standing_history", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_standing_history_unit", ["tenant_id", "unit_id", "known_to"], unique=False
        )

    with op.batch_alter_table("credit_standing", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "recorded_at",
                sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
                server_default="epoch",
                nullable=False,
            )
        )

    op.execute("UPDATE credit_standing SET recorded_at = updated_at")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("credit_standing", "recorded_at", server_default=None)
