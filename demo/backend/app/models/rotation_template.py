from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class RotationTemplate(Base):
    __tablename__ = "rotation_templates"
    __table_args__ = (
        CheckConstraint(
            "required <= capacity AND min_pgy <= max_pgy",
            name="rotation_templates_places_check",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    min_pgy: Mapped[int]
    max_pgy: Mapped[int]
    required: Mapped[int]  # people it cannot do without in a block
    capacity: Mapped[int]  # people it can take in a block
    workload: Mapped[int]  # 1 (light) to 4 (heavy), what the solver balances
