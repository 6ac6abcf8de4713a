"""people.active: keep who left, schedule who stays

Revision ID: 0006_person_active
Revises: 0005_absences
Create Date: 2025-09-22 08:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_person_active"
down_revision = "0005_absences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "people",
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    op.drop_column("people", "active")
