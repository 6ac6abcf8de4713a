"""people: who can be scheduled

Revision ID: 0001_people
Revises:
Create Date: 2025-07-01 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_people"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.UniqueConstraint("email", name="people_email_key"),
    )


def downgrade() -> None:
    op.drop_table("people")
