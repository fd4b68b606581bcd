"""custom fields

Locks: each table for a moment, to add a column that may be null; no row is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.Text().with_variant(postgresql.JSON(), "postgresql")
TABLES = (
    "credit_aging_bound",
    "credit_allocation",
    "credit_dunning_letter",
    "credit_dunning_letter_line",
    "credit_dunning_level",
    "credit_dunning_release",
    "credit_dunning_run",
    "credit_interest_regime",
    "credit_invoice",
    "credit_payment",
    "credit_recovery_indemnity",
    "credit_reference_index",
    "credit_reference_rate",
)


def upgrade() -> None:
    """Run forward."""
    for table in TABLES:
        op.add_column(table, sa.Column("custom_fields", JSON, nullable=True))
