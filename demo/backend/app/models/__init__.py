"""Every model, so that Alembic and relationships see them all."""

from app.db.base import Base
from app.models.absence import Absence
from app.models.person import Person
from app.models.rotation_template import RotationTemplate
from app.models.schedule import Assignment, Schedule

__all__ = ["Absence", "Assignment", "Base", "Person", "RotationTemplate", "Schedule"]
