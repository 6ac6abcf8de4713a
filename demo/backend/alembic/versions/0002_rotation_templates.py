"""rotation_templates: what people can be scheduled for

Revision ID: 0002_rotation_templates
Revises: 0001_people
Create Date: 2025-07-03 11:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_rotation_templates"
down_revision = "0001_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rotation_templates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("min_pgy", sa.Integer, nullable=False, server_default="1"),
        sa.Column("max_pgy", sa.Integer, nullable=False, server_default="3"),
        sa.Column("required", sa.Integer, nullable=False, server_default="0"),
        sa.Column("capacity", sa.Integer, nullable=False, server_default="1"),
        sa.Column("workload", sa.Integer, nullable=False, server_default="1"),
        sa.UniqueConstraint("name", name="rotation_templates_name_key"),
    )


def downgrade() -> None:
    op.drop_table("rotation_templates")
