from datetime import date, datetime

from sqlalchemy import DateTime, ForeignKey, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base
from app.models.person import Person
from app.models.rotation_template import RotationTemplate


class Schedule(Base):
    __tablename__ = "schedules"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    blocks: Mapped[int]  # of four weeks each
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    assignments: Mapped[list["Assignment"]] = relationship(
        cascade="all, delete-orphan", order_by="Assignment.block"
    )


class Assignment(Base):
    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint(
            "schedule_id", "person_id", "block", name="assignments_person_block_key"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(
        ForeignKey("schedules.id", ondelete="CASCADE")
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    rotation_template_id: Mapped[int] = mapped_column(
        ForeignKey("rotation_templates.id")
    )
    block: Mapped[int]  # 1 is the schedule's first
    person: Mapped[Person] = relationship(lazy="joined")
    rotation: Mapped[RotationTemplate] = relationship(lazy="joined")
