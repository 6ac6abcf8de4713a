"""Make a schedule from what is in the database and store it."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Absence, Assignment, Person, RotationTemplate, Schedule
from app.services.solver import SchedulingError, solve


def generate(db: Session, name: str, starts_on: date, blocks: int) -> Schedule:
    people = db.scalars(select(Person).where(Person.active).order_by(Person.id)).all()
    rotations = db.scalars(select(RotationTemplate).order_by(RotationTemplate.id)).all()
    missing = [
        f"no {what} (seed with: python -m scripts.{script})"
        for what, script, rows in (
            ("people", "seed_people", people),
            ("rotation templates", "seed_rotation_templates", rotations),
        )
        if not rows
    ]
    if missing:
        raise SchedulingError("cannot generate a schedule: " + "; ".join(missing))
    absences = db.scalars(select(Absence)).all()
    plan = solve(people, rotations, absences, starts_on, blocks)
    schedule = Schedule(name=name, starts_on=starts_on, blocks=blocks)
    schedule.assignments = [
        Assignment(block=block, person_id=person_id, rotation_template_id=rotation_id)
        for block, person_id, rotation_id in plan.assignments
    ]
    db.add(schedule)
    db.commit()
    return schedule
