"""reports

Locks: creates tables only; nothing that holds rows is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ = (sa, postgresql)


def upgrade() -> None:
    """Run forward."""
    op.create_table(
        "governance_report",
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_fr", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("description_fr", sa.Text(), nullable=False),
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
        sa.Column(
            "title_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "title_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "description_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "description_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_governance_report")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_governance_report_tenant_id_code")),
    )
    op.create_table(
        "governance_report_issue",
        sa.Column("report_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("document_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("period", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("as_of", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "content_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("snapshot", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
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
            ["tenant_id", "document_id"],
            ["core_document.tenant_id", "core_document.id"],
            name="fk_governance_report_issue_document_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "report_id"],
            ["governance_report.tenant_id", "governance_report.id"],
            name="fk_governance_report_issue_report_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_governance_report_issue_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_governance_report_issue")),
    )
    with op.batch_alter_table("governance_report_issue", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_governance_report_issue_tenant_id_document_id"),
            ["tenant_id", "document_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_governance_report_issue_tenant_id_report_id_period"),
            ["tenant_id", "report_id", "period"],
            unique=False,
        )
