"""people.pgy_level: postgraduate year, which decides eligibility

Revision ID: 0003_person_pgy_level
Revises: 0002_rotation_templates
Create Date: 2025-07-14 16:05:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_person_pgy_level"
down_revision = "0002_rotation_templates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "people",
        sa.Column("pgy_level", sa.Integer, nullable=False, server_default="1"),
    )


def downgrade() -> None:
    op.drop_column("people", "pgy_level")
