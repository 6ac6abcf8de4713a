"""indexes and constraints: one rotation per person and block, leave that ends

Revision ID: 0007_indexes_constraints
Revises: 0006_person_active
Create Date: 2025-10-13 13:50:00
"""

from alembic import op

revision = "0007_indexes_constraints"
down_revision = "0006_person_active"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint(
        "assignments_person_block_key",
        "assignments",
        ["schedule_id", "person_id", "block"],
    )
    op.create_index("ix_absences_person_id", "absences", ["person_id"])
    op.create_check_constraint(
        "absences_order_check", "absences", "starts_on <= ends_on"
    )
    op.create_check_constraint(
        "rotation_templates_places_check",
        "rotation_templates",
        "required <= capacity AND min_pgy <= max_pgy",
    )


def downgrade() -> None:
    op.drop_constraint("rotation_templates_places_check", "rotation_templates")
    op.drop_constraint("absences_order_check", "absences")
    op.drop_index("ix_absences_person_id", "absences")
    op.drop_constraint("assignments_person_block_key", "assignments")
