from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Every model; alembic/versions creates their tables."""
