from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from app.core.security import CurrentUser
from app.db.session import Db
from app.models import Person, RotationTemplate

router = APIRouter(tags=["people"])


class PersonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    email: str
    pgy_level: int
    active: bool


class RotationTemplateOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    min_pgy: int
    max_pgy: int
    required: int
    capacity: int
    workload: int


@router.get("/people", response_model=list[PersonOut])
def people(db: Db, _user: CurrentUser) -> object:
    return db.scalars(select(Person).order_by(Person.name)).all()


@router.get("/rotation-templates", response_model=list[RotationTemplateOut])
def rotation_templates(db: Db, _user: CurrentUser) -> object:
    return db.scalars(select(RotationTemplate).order_by(RotationTemplate.name)).all()
