"""receivables

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
        "credit_aging_bound",
        sa.Column("effective_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("upper_days", sa.Integer(), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_aging_bound")),
        sa.UniqueConstraint("tenant_id", "effective_from", "upper_days", name="uq_credit_aging_bound_day"),
    )
    op.create_table(
        "credit_dunning_level",
        sa.Column("procedure", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("effective_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("has_call_task", sa.Boolean(), nullable=False),
        sa.Column("hold", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("payment_deadline_days", sa.Integer(), nullable=True),
        sa.Column("claims_interest", sa.Boolean(), nullable=False),
        sa.Column("claims_indemnity", sa.Boolean(), nullable=False),
        sa.Column("minimum_interval_days", sa.Integer(), nullable=False),
        sa.Column(
            "minimum_total", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True
        ),
        sa.Column(
            "minimum_total_currency",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "minimum_item", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True
        ),
        sa.Column(
            "minimum_item_currency",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=True,
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
        sa.Column(
            "name_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "name_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_dunning_level")),
        sa.UniqueConstraint(
            "tenant_id", "procedure", "effective_from", "level", name="uq_credit_dunning_level_day"
        ),
    )
    op.create_table(
        "credit_dunning_release",
        sa.Column("relation", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("from_level", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
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
        sa.Column("note_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_dunning_release")),
        sa.UniqueConstraint(
            "tenant_id", "relation", name=op.f("uq_credit_dunning_release_tenant_id_relation")
        ),
    )
    op.create_table(
        "credit_interest_regime",
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("effective_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("method", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("series", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("margin", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "floor_multiple", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False
        ),
        sa.Column("reference_lag_days", sa.Integer(), nullable=False),
        sa.Column("is_waiver_allowed", sa.Boolean(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
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
            "legal_basis_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("source_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_interest_regime")),
        sa.UniqueConstraint("tenant_id", "code", "effective_from", name="uq_credit_interest_regime_day"),
    )
    op.create_table(
        "credit_recovery_indemnity",
        sa.Column("regime", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("effective_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column(
            "amount_from", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False
        ),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
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
            "legal_basis_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("source_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_recovery_indemnity")),
        sa.UniqueConstraint(
            "tenant_id", "regime", "effective_from", "amount_from", name="uq_credit_recovery_indemnity_day"
        ),
    )
    op.create_table(
        "credit_reference_index",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("published_through", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("title_fr", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
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
            "title_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "title_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_reference_index")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_credit_reference_index_tenant_id_key")),
    )
    op.create_table(
        "credit_dunning_run",
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("as_of", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("letter_count", sa.Integer(), nullable=False),
        sa.Column("raised_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
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
            name="fk_credit_dunning_run_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_dunning_run")),
    )
    with op.batch_alter_table("credit_dunning_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_dunning_run_tenant_id_as_of"), ["tenant_id", "as_of"], unique=False
        )

    op.create_table(
        "credit_reference_rate",
        sa.Column("index_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("effective_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("rate", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
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
        sa.Column("source_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "index_id"],
            ["credit_reference_index.tenant_id", "credit_reference_index.id"],
            name="fk_credit_reference_rate_index_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_reference_rate")),
        sa.UniqueConstraint("tenant_id", "index_id", "effective_from", name="uq_credit_reference_rate_day"),
    )
    op.create_table(
        "credit_dunning_letter",
        sa.Column("reference", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("run_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("sent_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("residual", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "residual_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("interest", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "interest_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("indemnity", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "indemnity_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("document_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
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
            name="fk_credit_dunning_letter_document_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_dunning_letter_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_credit_dunning_letter_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["credit_dunning_run.tenant_id", "credit_dunning_run.id"],
            name="fk_credit_dunning_letter_run_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_dunning_letter_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_dunning_letter")),
        sa.UniqueConstraint(
            "tenant_id", "reference", name=op.f("uq_credit_dunning_letter_tenant_id_reference")
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "party_id",
            "language",
            "currency",
            "sent_on",
            "level",
            name="uq_credit_dunning_letter_key",
        ),
    )
    with op.batch_alter_table("credit_dunning_letter", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_dunning_letter_tenant_id_document_id"),
            ["tenant_id", "document_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_credit_dunning_letter_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_credit_dunning_letter_tenant_id_relationship_id"),
            ["tenant_id", "relationship_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_credit_dunning_letter_tenant_id_run_id"), ["tenant_id", "run_id"], unique=False
        )
        batch_op.create_index(
            "ix_credit_dunning_letter_unit_day", ["tenant_id", "unit_id", "sent_on"], unique=False
        )

    op.create_table(
        "credit_invoice",
        sa.Column("number", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("net_amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "net_amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("issued_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("due_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("residual", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "residual_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("disputed", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "disputed_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("regime", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "contract_rate", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True
        ),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("dunning_blocked_until", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("dunning_block_reason", sa.Text(), nullable=True),
        sa.Column("source", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("source_row", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
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
            "dunning_block_reason_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_invoice_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_credit_invoice_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_invoice_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_invoice")),
        sa.UniqueConstraint("tenant_id", "unit_id", "number", name="uq_credit_invoice_number"),
    )
    with op.batch_alter_table("credit_invoice", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_invoice_party_due", ["tenant_id", "party_id", "due_on"], unique=False
        )
        batch_op.create_index(
            "ix_credit_invoice_relationship_due", ["tenant_id", "relationship_id", "due_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_credit_invoice_tenant_id_number"), ["tenant_id", "number"], unique=False
        )
        batch_op.create_index("ix_credit_invoice_unit_due", ["tenant_id", "unit_id", "due_on"], unique=False)

    op.create_table(
        "credit_payment",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("unapplied", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "unapplied_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("received_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("reference", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("source", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("source_row", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
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
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_payment_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_credit_payment_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_payment_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_payment")),
        sa.UniqueConstraint("tenant_id", "source", "source_row", name="uq_credit_payment_source_row"),
    )
    with op.batch_alter_table("credit_payment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_payment_party_day", ["tenant_id", "party_id", "received_on"], unique=False
        )
        batch_op.create_index(
            "ix_credit_payment_relationship_day",
            ["tenant_id", "relationship_id", "received_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_credit_payment_tenant_id_reference"), ["tenant_id", "reference"], unique=False
        )
        batch_op.create_index(
            "ix_credit_payment_unit_day", ["tenant_id", "unit_id", "received_on"], unique=False
        )

    op.create_table(
        "credit_standing",
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
            "hold_reason_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_credit_standing_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_standing_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_standing")),
    )
    with op.batch_alter_table("credit_standing", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_standing_tenant_id_hold"), ["tenant_id", "hold"], unique=False
        )

    op.create_table(
        "credit_allocation",
        sa.Column("payment_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("invoice_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("allocated_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
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
            ["tenant_id", "invoice_id"],
            ["credit_invoice.tenant_id", "credit_invoice.id"],
            name="fk_credit_allocation_invoice_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["credit_payment.tenant_id", "credit_payment.id"],
            name="fk_credit_allocation_payment_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_allocation_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_allocation")),
    )
    with op.batch_alter_table("credit_allocation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_allocation_tenant_id_allocated_on"),
            ["tenant_id", "allocated_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_credit_allocation_tenant_id_invoice_id"), ["tenant_id", "invoice_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_credit_allocation_tenant_id_payment_id"), ["tenant_id", "payment_id"], unique=False
        )

    op.create_table(
        "credit_dunning_letter_line",
        sa.Column("letter_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("invoice_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("is_raised", sa.Boolean(), nullable=False),
        sa.Column("sent_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("days_past_due", sa.Integer(), nullable=False),
        sa.Column("residual", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "residual_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("interest", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "interest_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("indemnity", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "indemnity_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("statement", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
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
            ["tenant_id", "invoice_id"],
            ["credit_invoice.tenant_id", "credit_invoice.id"],
            name="fk_credit_dunning_letter_line_invoice_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "letter_id"],
            ["credit_dunning_letter.tenant_id", "credit_dunning_letter.id"],
            name="fk_credit_dunning_letter_line_letter_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_credit_dunning_letter_line_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_dunning_letter_line")),
    )
    with op.batch_alter_table("credit_dunning_letter_line", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_dunning_letter_line_sent", ["tenant_id", "invoice_id", "sent_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_credit_dunning_letter_line_tenant_id_letter_id"),
            ["tenant_id", "letter_id"],
            unique=False,
        )
