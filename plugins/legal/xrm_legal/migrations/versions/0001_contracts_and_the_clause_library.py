"""contracts and the clause library

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
        "legal_clause",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("category", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("is_mandatory", sa.Boolean(), nullable=False),
        sa.Column(
            "applicable_types", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False
        ),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
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
        sa.Column("text_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_clause")),
        sa.UniqueConstraint(
            "tenant_id",
            "key",
            "position",
            "language",
            "version_no",
            name=op.f("uq_legal_clause_tenant_id_key_position_language_version_no"),
        ),
    )
    with op.batch_alter_table("legal_clause", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_clause_tenant_id_language_category"),
            ["tenant_id", "language", "category"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_clause_tenant_id_title_key"), ["tenant_id", "title_key"], unique=False
        )

    op.create_table(
        "legal_contract_template",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column(
            "contract_type", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("clause_keys", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
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
        sa.Column("body_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_contract_template")),
        sa.UniqueConstraint(
            "tenant_id",
            "key",
            "language",
            "version_no",
            name=op.f("uq_legal_contract_template_tenant_id_key_language_version_no"),
        ),
    )
    with op.batch_alter_table("legal_contract_template", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_contract_template_tenant_id_contract_type"),
            ["tenant_id", "contract_type"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_template_tenant_id_title_key"),
            ["tenant_id", "title_key"],
            unique=False,
        )

    op.create_table(
        "legal_party",
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
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_party_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_party")),
    )
    op.create_table(
        "legal_contract",
        sa.Column("number", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("template_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("amends_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("effective_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("ends_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("renewal", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("renewal_months", sa.Integer(), nullable=True),
        sa.Column("notice_months", sa.Integer(), nullable=True),
        sa.Column(
            "notice_from", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "notice_basis", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("variables", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("parties", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("changes", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("dated_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column(
            "content_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column(
            "approved_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("requested_by_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column(
            "signature_level", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("is_retroactivity_approved", sa.Boolean(), nullable=False),
        sa.Column("signed_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("terminated_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column(
            "termination_kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("state", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["tenant_id", "amends_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_contract_amends_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_contract_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_legal_contract_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "requested_by_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_legal_contract_requested_by_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_id"],
            ["legal_contract_template.tenant_id", "legal_contract_template.id"],
            name="fk_legal_contract_template_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_contract_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_contract")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_legal_contract_tenant_id_number")),
    )
    with op.batch_alter_table("legal_contract", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_amends_id"), ["tenant_id", "amends_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_effective_on"),
            ["tenant_id", "effective_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_relationship_id"),
            ["tenant_id", "relationship_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_state"), ["tenant_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_title_key"), ["tenant_id", "title_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_tenant_id_unit_id_state"),
            ["tenant_id", "unit_id", "state"],
            unique=False,
        )

    op.create_table(
        "legal_approval",
        sa.Column("contract_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("approver_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column(
            "content_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "decided_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), nullable=True),
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
        sa.Column("comment_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "approver_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_legal_approval_approver_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_approval_contract_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_approval_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_approval")),
    )
    with op.batch_alter_table("legal_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_approval_tenant_id_contract_id"), ["tenant_id", "contract_id"], unique=False
        )

    op.create_table(
        "legal_contract_clause",
        sa.Column("contract_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("clause_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("clause_version", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("is_deviation", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
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
        sa.Column("text_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_id"],
            ["legal_clause.tenant_id", "legal_clause.id"],
            name="fk_legal_contract_clause_clause_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_contract_clause_contract_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_contract_clause_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_contract_clause")),
    )
    with op.batch_alter_table("legal_contract_clause", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_contract_clause_tenant_id_clause_id"),
            ["tenant_id", "clause_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_clause_tenant_id_contract_id_rank"),
            ["tenant_id", "contract_id", "rank"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_clause_tenant_id_key"), ["tenant_id", "key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_contract_clause_tenant_id_title_key"),
            ["tenant_id", "title_key"],
            unique=False,
        )

    op.create_table(
        "legal_deadline",
        sa.Column("contract_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("falls_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
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
            ["tenant_id", "contract_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_deadline_contract_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_deadline_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_deadline")),
    )
    with op.batch_alter_table("legal_deadline", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_deadline_tenant_id_contract_id_kind_falls_on"),
            ["tenant_id", "contract_id", "kind", "falls_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_deadline_tenant_id_falls_on"), ["tenant_id", "falls_on"], unique=False
        )

    op.create_table(
        "legal_obligation",
        sa.Column("contract_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("side", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("status", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("done_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
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
        sa.Column("text_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_obligation_contract_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_obligation_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_obligation_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_obligation")),
    )
    with op.batch_alter_table("legal_obligation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_obligation_tenant_id_contract_id"),
            ["tenant_id", "contract_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_obligation_tenant_id_due_on"), ["tenant_id", "due_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_obligation_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_obligation_tenant_id_text_key"), ["tenant_id", "text_key"], unique=False
        )

    op.create_table(
        "legal_signatory",
        sa.Column("contract_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("side", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("has_power", sa.Boolean(), nullable=False),
        sa.Column(
            "power_limit", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True
        ),
        sa.Column(
            "power_limit_currency",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("power_from", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("power_to", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column(
            "signed_at", sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("signed_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column(
            "signature_level", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column(
            "signed_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
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
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("role_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_signatory_contract_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_signatory_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_legal_signatory_user_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_signatory")),
    )
    with op.batch_alter_table("legal_signatory", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_signatory_tenant_id_contract_id"), ["tenant_id", "contract_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_legal_signatory_tenant_id_name_key"), ["tenant_id", "name_key"], unique=False
        )

    op.create_table(
        "legal_derogation",
        sa.Column("contract_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column(
            "contract_clause_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False
        ),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("clause_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "text_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("requested_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("decision", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column(
            "decision_number", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("decided_by_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("decided_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=True),
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
            "justification_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "conditions_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_clause_id"],
            ["legal_contract_clause.tenant_id", "legal_contract_clause.id"],
            name="fk_legal_derogation_contract_clause_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["legal_contract.tenant_id", "legal_contract.id"],
            name="fk_legal_derogation_contract_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_legal_derogation_decided_by_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "requested_by_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_legal_derogation_requested_by_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_legal_derogation_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_derogation")),
        sa.UniqueConstraint(
            "tenant_id", "decision_number", name=op.f("uq_legal_derogation_tenant_id_decision_number")
        ),
    )
    with op.batch_alter_table("legal_derogation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_legal_derogation_tenant_id_contract_clause_id"),
            ["tenant_id", "contract_clause_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_legal_derogation_tenant_id_contract_id"),
            ["tenant_id", "contract_id"],
            unique=False,
        )
