"""PostgreSQL knows what making lexemes costs, so that search goes by index however small the table is

Locks: writers of core_search_entry wait while its index is built anew; on SQLite nothing changes.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run forward."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(
        "CREATE FUNCTION core_search_lexemes(terms text) RETURNS tsvector"
        " LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100"
        " AS $$ BEGIN RETURN array_to_tsvector(string_to_array(btrim(terms), ' ')); END $$"
    )
    op.execute("DROP INDEX fts_core_search_lexemes")
    op.execute(
        "CREATE INDEX fts_core_search_lexemes ON core_search_entry USING gin (core_search_lexemes(terms))"
    )
