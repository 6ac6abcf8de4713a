"""schedules and assignments: what the solver found

Revision ID: 0004_schedules
Revises: 0003_person_pgy_level
Create Date: 2025-08-04 10:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_schedules"
down_revision = "0003_person_pgy_level"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("blocks", sa.Integer, nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("schedule_id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("rotation_template_id", sa.Integer, nullable=False),
        sa.Column("block", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rotation_template_id"], ["rotation_templates.id"]),
    )


def downgrade() -> None:
    op.drop_table("assignments")
    op.drop_table("schedules")
