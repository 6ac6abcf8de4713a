from datetime import date

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from app import worker
from app.core.security import CurrentUser
from app.db.session import Db
from app.models import Schedule
from app.services.schedules import generate
from app.services.solver import BLOCK, SchedulingError

router = APIRouter(prefix="/schedules", tags=["schedules"])


class ScheduleIn(BaseModel):
    name: str = Field("Schedule", min_length=1, max_length=120)
    starts_on: date = Field(default_factory=date.today)
    blocks: int = Field(6, ge=1, le=13)


class AssignmentOut(BaseModel):
    block: int
    starts_on: date
    person: str
    rotation: str


class ScheduleSummary(BaseModel):
    id: int
    name: str
    starts_on: date
    blocks: int


class ScheduleOut(ScheduleSummary):
    assignments: list[AssignmentOut]


class Queued(BaseModel):
    queued: str


def _out(schedule: Schedule) -> ScheduleOut:
    return ScheduleOut(
        id=schedule.id,
        name=schedule.name,
        starts_on=schedule.starts_on,
        blocks=schedule.blocks,
        assignments=[
            AssignmentOut(
                block=assignment.block,
                starts_on=schedule.starts_on + (assignment.block - 1) * BLOCK,
                person=assignment.person.name,
                rotation=assignment.rotation.name,
            )
            for assignment in schedule.assignments
        ],
    )


@router.post("/generate", status_code=201, response_model=ScheduleOut | Queued)
def generate_schedule(
    wanted: ScheduleIn,
    db: Db,
    _user: CurrentUser,
    response: Response,
    background: bool = False,
) -> ScheduleOut | Queued:
    """Solve now (201), or with ?background=true in celery-worker (202)."""
    if background:
        task = worker.generate_schedule.delay(
            wanted.name, wanted.starts_on.isoformat(), wanted.blocks
        )
        response.status_code = 202
        return Queued(queued=task.id)
    try:
        return _out(generate(db, wanted.name, wanted.starts_on, wanted.blocks))
    except SchedulingError as error:
        raise HTTPException(409, str(error)) from error


@router.get("", response_model=list[ScheduleSummary])
def schedules(db: Db, _user: CurrentUser) -> object:
    rows = db.scalars(select(Schedule).order_by(Schedule.id.desc())).all()
    return [ScheduleSummary.model_validate(row, from_attributes=True) for row in rows]


@router.get("/{schedule_id}")
def schedule(schedule_id: int, db: Db, _user: CurrentUser) -> ScheduleOut:
    found = db.get(Schedule, schedule_id)
    if found is None:
        raise HTTPException(404, f"no schedule {schedule_id}")
    return _out(found)
