"""absences: leave that the solver must respect

Revision ID: 0005_absences
Revises: 0004_schedules
Create Date: 2025-08-25 14:15:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_absences"
down_revision = "0004_schedules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("absences")
