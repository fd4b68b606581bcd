"""jobs

Locks: creates tables only; nothing that holds rows is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ = (sa, postgresql)


def upgrade() -> None:
    """Run forward."""
    op.create_table(
        "core_job",
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("status", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("phase", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("started_by_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column(
            "started_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "finished_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("result", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=True),
        sa.Column("done_part", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column("problem", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=True),
        sa.Column("task", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("runner", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column(
            "beat_at", sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
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
        sa.ForeignKeyConstraint(
            ["tenant_id", "started_by_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_core_job_started_by_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_job")),
    )
    with op.batch_alter_table("core_job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_job_tenant_id_started_by_id"), ["tenant_id", "started_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_job_tenant_id_status"), ["tenant_id", "status"], unique=False
        )
