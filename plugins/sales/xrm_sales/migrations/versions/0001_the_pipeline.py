"""the pipeline

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
        "sales_loss_reason",
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
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
            "name_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "name_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_loss_reason")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_sales_loss_reason_tenant_id_code")),
    )
    op.create_table(
        "sales_pipeline_stage",
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "probability", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False
        ),
        sa.Column(
            "forecast_category", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("outcome", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("exit_criteria_en", sa.Text(), nullable=False),
        sa.Column("exit_criteria_fr", sa.Text(), nullable=False),
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
            "name_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "name_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "exit_criteria_en_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "exit_criteria_fr_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_pipeline_stage")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_sales_pipeline_stage_tenant_id_code")),
    )
    op.create_table(
        "sales_quota",
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("period", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
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
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_sales_quota_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_quota")),
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "period", "amount_currency", name="uq_sales_quota_period"
        ),
    )
    op.create_table(
        "sales_opportunity",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("owner_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("origin", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("close_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("stage", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "probability", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False
        ),
        sa.Column(
            "forecast_category", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("next_step_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("loss_reason", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("competitor", sa.Text(), nullable=True),
        sa.Column("board_rank", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("closed_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
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
        sa.Column("title_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "next_step_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column(
            "competitor_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_sales_opportunity_owner_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_sales_opportunity_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_sales_opportunity_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_sales_opportunity_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_opportunity")),
    )
    with op.batch_alter_table("sales_opportunity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_tenant_id_owner_id"), ["tenant_id", "owner_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_tenant_id_relationship_id"),
            ["tenant_id", "relationship_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_tenant_id_title_key"), ["tenant_id", "title_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_tenant_id_unit_id_close_on"),
            ["tenant_id", "unit_id", "close_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_tenant_id_unit_id_stage_board_rank"),
            ["tenant_id", "unit_id", "stage", "board_rank"],
            unique=False,
        )

    op.create_table(
        "sales_standing",
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
            ["tenant_id", "id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_sales_standing_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_standing")),
    )
    op.create_table(
        "sales_opportunity_stage_change",
        sa.Column("opportunity_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("source", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("stage", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("direction", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("passed", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "probability", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False
        ),
        sa.Column(
            "forecast_category", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("changed_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
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
            ["tenant_id", "opportunity_id"],
            ["sales_opportunity.tenant_id", "sales_opportunity.id"],
            name="fk_sales_opportunity_stage_change_opportunity_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_sales_opportunity_stage_change_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_opportunity_stage_change")),
    )
    with op.batch_alter_table("sales_opportunity_stage_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sales_opportunity_stage_change_tenant_id_opportunity_id_changed_on"),
            ["tenant_id", "opportunity_id", "changed_on"],
            unique=False,
        )
