"""Search: what is searched, in one table, with each database's own full-text index over it

Locks: creates tables and one index; the index on core_contact_point keeps writers out while it is built.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from xrm_core.errors import Unavailable

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(postgresql.UUID(), "postgresql")
_CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Run forward. Raises: Unavailable where PostgreSQL has no pg_trgm and may not get it."""
    op.create_table(
        "core_search_entry",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", _CODE, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("resource", _CODE, nullable=False),
        sa.Column("object_id", _ID, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("terms", _CODE, nullable=False),
        sa.Column("compact", _CODE, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_core_search_entry")),
    )
    op.create_index("ix_core_search_entry_compact", "core_search_entry", ["tenant_id", "compact"])
    op.create_index("ix_core_search_entry_object", "core_search_entry", ["tenant_id", "object_id"])
    op.create_table(
        "core_search_word",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", _CODE, nullable=False),
        sa.Column("backwards", _CODE, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "word", name=op.f("pk_core_search_word")),
    )
    op.create_index("ix_core_search_word_backwards", "core_search_word", ["tenant_id", "backwards"])
    op.create_table(
        "core_search_kind",
        sa.Column("kind", _CODE, nullable=False),
        sa.Column("resource", _CODE, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_core_search_kind")),
    )
    op.create_index(
        "ix_core_contact_point_tenant_id_value_key", "core_contact_point", ["tenant_id", "value_key"]
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE fts_core_search USING fts5("
            "terms, tokenize='trigram', content='core_search_entry', content_rowid='number')"
        )
    else:
        _trigrams()
        op.execute(
            "CREATE INDEX fts_core_search_lexemes ON core_search_entry"
            " USING gin (array_to_tsvector(string_to_array(btrim(terms), ' ')))"
        )
        op.execute(
            "CREATE INDEX fts_core_search_trigrams ON core_search_entry USING gin (terms gin_trgm_ops)"
        )


def _trigrams() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
        return
    if not connection.scalar(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")):
        raise Unavailable(
            "Search needs PostgreSQL's extension pg_trgm, and the server does not have it: "
            "install the server's contrib package (on Debian it is in postgresql itself), then migrate again."
        )
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
    except sa.exc.ProgrammingError as refused:
        user = connection.scalar(sa.text("SELECT current_user"))
        raise Unavailable(
            f"Search needs PostgreSQL's extension pg_trgm, and {user} may not create it: let an administrator run "
            "CREATE EXTENSION pg_trgm in this database, or GRANT CREATE ON DATABASE, then migrate again."
        ) from refused
