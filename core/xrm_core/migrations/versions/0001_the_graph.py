"""the graph

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
        "core_credential",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_core_credential")),
    )
    op.create_table(
        "core_outbox",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("event", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("payload", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("state", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "created_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_outbox")),
    )
    with op.batch_alter_table("core_outbox", schema=None) as batch_op:
        batch_op.create_index("ix_core_outbox_state", ["state", "created_at"], unique=False)

    op.create_table(
        "core_party",
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind_uncertain", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("is_stub", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_party")),
    )
    with op.batch_alter_table("core_party", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_party_tenant_id_name_key"), ["tenant_id", "name_key"], unique=False
        )

    op.create_table(
        "core_plugin",
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("version", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "changed_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_plugin")),
    )
    op.create_table(
        "core_relationship_type",
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("label_fr", sa.Text(), nullable=False),
        sa.Column("inverse_label_en", sa.Text(), nullable=False),
        sa.Column("inverse_label_fr", sa.Text(), nullable=False),
        sa.Column("managed", sa.Boolean(), nullable=False),
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
            "label_en_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "label_fr_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "inverse_label_en_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "inverse_label_fr_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_relationship_type")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_core_relationship_type_tenant_id_code")),
    )
    op.create_table(
        "core_role_assignment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("user_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("role", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_role_assignment")),
    )
    with op.batch_alter_table("core_role_assignment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_role_assignment_tenant_id_user_id"), ["tenant_id", "user_id"], unique=False
        )

    op.create_table(
        "core_sequence",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("unit_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", "unit_id", "year", name=op.f("pk_core_sequence")),
    )
    op.create_table(
        "core_user_session",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("user_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column(
            "created_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "token_hash", name=op.f("pk_core_user_session")),
    )
    op.create_table(
        "core_address",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("country", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
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
        sa.Column("lines_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("city_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_address_party_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_address")),
    )
    with op.batch_alter_table("core_address", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_address_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )

    op.create_table(
        "core_contact_point",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("channel", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
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
        sa.Column("value_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_contact_point_party_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_contact_point")),
    )
    with op.batch_alter_table("core_contact_point", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_contact_point_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )

    op.create_table(
        "core_document",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "content_sha256", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("subject_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
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
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_document_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_document_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_document")),
    )
    with op.batch_alter_table("core_document", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_document_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_document_tenant_id_sha256"), ["tenant_id", "sha256"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_document_tenant_id_subject_id"), ["tenant_id", "subject_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_document_tenant_id_title_key"), ["tenant_id", "title_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_document_tenant_id_unit_id"), ["tenant_id", "unit_id"], unique=False
        )

    op.create_table(
        "core_duplicate_proposal",
        sa.Column("first_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("second_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("reason", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("status", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("source", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
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
            ["tenant_id", "first_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_duplicate_proposal_first_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "second_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_duplicate_proposal_second_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_duplicate_proposal")),
    )
    with op.batch_alter_table("core_duplicate_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_duplicate_proposal_tenant_id_first_id"),
            ["tenant_id", "first_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_duplicate_proposal_tenant_id_second_id"),
            ["tenant_id", "second_id"],
            unique=False,
        )

    op.create_table(
        "core_identifier",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("scheme", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("is_checked", sa.Boolean(), nullable=False),
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
            name="fk_core_identifier_party_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_identifier")),
    )
    with op.batch_alter_table("core_identifier", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_identifier_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_identifier_tenant_id_scheme_value"),
            ["tenant_id", "scheme", "value"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_identifier_tenant_id_value"), ["tenant_id", "value"], unique=False
        )

    op.create_table(
        "core_unit",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("parent_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
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
            ["tenant_id", "parent_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_unit_parent_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_unit_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_unit")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_core_unit_tenant_id_code")),
    )
    with op.batch_alter_table("core_unit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_unit_tenant_id_parent_id"), ["tenant_id", "parent_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_unit_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )

    op.create_table(
        "core_user",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("time_zone", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("home_unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
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
        sa.Column("email_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "home_unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_user_home_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("tenant_id", "email_key", name=op.f("uq_core_user_tenant_id_email_key")),
    )
    with op.batch_alter_table("core_user", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_user_tenant_id_home_unit_id"), ["tenant_id", "home_unit_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_user_tenant_id_name_key"), ["tenant_id", "name_key"], unique=False
        )

    op.create_table(
        "core_audit_event",
        sa.Column(
            "occurred_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("command", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("object_type", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("object_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("changes", sa.Text().with_variant(postgresql.JSON(), "postgresql"), nullable=False),
        sa.Column("request_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
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
            ["tenant_id", "actor_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_core_audit_event_actor_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_audit_event")),
    )
    with op.batch_alter_table("core_audit_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_audit_event_tenant_id_object_id"), ["tenant_id", "object_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_audit_event_tenant_id_occurred_at"),
            ["tenant_id", "occurred_at"],
            unique=False,
        )

    op.create_table(
        "core_relationship",
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
            ["tenant_id", "owner_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_core_relationship_owner_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_relationship_source_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "target_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_relationship_target_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "type_id"],
            ["core_relationship_type.tenant_id", "core_relationship_type.id"],
            name="fk_core_relationship_type_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_relationship_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_relationship")),
    )
    with op.batch_alter_table("core_relationship", schema=None) as batch_op:
        batch_op.create_index(
            "ix_core_relationship_pair", ["tenant_id", "source_id", "target_id", "type_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_relationship_tenant_id_owner_id"), ["tenant_id", "owner_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_relationship_tenant_id_target_id"), ["tenant_id", "target_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_relationship_tenant_id_unit_id_type_id_stage"),
            ["tenant_id", "unit_id", "type_id", "stage"],
            unique=False,
        )

    op.create_table(
        "core_dealing",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=False),
        sa.Column(
            "amount_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("occurred_on", sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("source", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("source_row", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("possible_duplicate", sa.Boolean(), nullable=False),
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
            "category_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_dealing_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_core_dealing_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_dealing_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_dealing")),
        sa.UniqueConstraint("tenant_id", "source", "source_row", name="uq_core_dealing_source_row"),
    )
    with op.batch_alter_table("core_dealing", schema=None) as batch_op:
        batch_op.create_index(
            "ix_core_dealing_party_day", ["tenant_id", "party_id", "occurred_on"], unique=False
        )
        batch_op.create_index(
            "ix_core_dealing_relationship_day", ["tenant_id", "relationship_id", "occurred_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_dealing_tenant_id_unit_id"), ["tenant_id", "unit_id"], unique=False
        )

    op.create_table(
        "core_interaction",
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=False),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("channel", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("direction", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column(
            "occurred_at",
            sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("cost", sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql"), nullable=True),
        sa.Column(
            "cost_currency", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
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
            "subject_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("body_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "author_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_core_interaction_author_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_interaction_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_core_interaction_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_interaction_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_interaction")),
    )
    with op.batch_alter_table("core_interaction", schema=None) as batch_op:
        batch_op.create_index(
            "ix_core_interaction_party_time", ["tenant_id", "party_id", "occurred_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_interaction_tenant_id_author_id"), ["tenant_id", "author_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_interaction_tenant_id_relationship_id"),
            ["tenant_id", "relationship_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_interaction_tenant_id_subject_key"),
            ["tenant_id", "subject_key"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_interaction_tenant_id_unit_id"), ["tenant_id", "unit_id"], unique=False
        )

    op.create_table(
        "core_task",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("relationship_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("unit_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column("assignee_id", sa.Text().with_variant(postgresql.UUID(), "postgresql"), nullable=True),
        sa.Column(
            "due_at", sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=True
        ),
        sa.Column("status", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
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
            "subject_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("outcome_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignee_id"],
            ["core_user.tenant_id", "core_user.id"],
            name="fk_core_task_assignee_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_task_party_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "relationship_id"],
            ["core_relationship.tenant_id", "core_relationship.id"],
            name="fk_core_task_relationship_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["core_party.tenant_id", "core_party.id"],
            name="fk_core_task_unit_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_task")),
    )
    with op.batch_alter_table("core_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_task_tenant_id_assignee_id"), ["tenant_id", "assignee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_tenant_id_party_id"), ["tenant_id", "party_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_tenant_id_relationship_id"),
            ["tenant_id", "relationship_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_tenant_id_subject_key"), ["tenant_id", "subject_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_tenant_id_unit_id"), ["tenant_id", "unit_id"], unique=False
        )
