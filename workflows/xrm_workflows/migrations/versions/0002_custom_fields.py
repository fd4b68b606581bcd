"""custom fields

Locks: each table for a moment, to add a column that may be null; no row is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")
TABLES = ("workflows_stage_proposal",)


def upgrade() -> None:
    """Run forward."""
    for table in TABLES:
        op.add_column(table, sa.Column("custom_fields", JSON, nullable=True))
