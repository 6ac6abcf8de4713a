"""Add the rotation templates that are not there yet.

python -m scripts.seed_rotation_templates
"""

from app.db.session import SessionLocal
from app.models import RotationTemplate
from sqlalchemy import select

# name, lowest and highest PGY, people required and places per block, workload
TEMPLATES = [
    ("Inpatient Medicine", 1, 3, 4, 6, 3),
    ("Intensive Care", 2, 3, 3, 4, 4),
    ("Night Float", 1, 3, 2, 3, 4),
    ("Emergency Medicine", 1, 3, 2, 4, 3),
    ("Ambulatory Clinic", 1, 3, 3, 6, 1),
    ("Cardiology", 2, 3, 1, 3, 2),
    ("Geriatrics", 1, 2, 1, 2, 1),
    ("Palliative Care", 2, 3, 1, 2, 2),
    ("Procedures", 2, 3, 0, 2, 2),
    ("Research Elective", 2, 3, 0, 3, 1),
]


def main() -> None:
    with SessionLocal() as db:
        known = set(db.scalars(select(RotationTemplate.name)))
        new = [
            RotationTemplate(
                name=name,
                min_pgy=min_pgy,
                max_pgy=max_pgy,
                required=required,
                capacity=capacity,
                workload=workload,
            )
            for name, min_pgy, max_pgy, required, capacity, workload in TEMPLATES
            if name not in known
        ]
        db.add_all(new)
        db.commit()
    print(f"rotation_templates: {len(new)} added, {len(TEMPLATES) - len(new)} there")


if __name__ == "__main__":
    main()
