"""Celery: schedules made in the background, and a periodic look at the data."""

import logging
from datetime import date
from pathlib import Path

from celery import Celery, signals
from sqlalchemy import func, select

from app.core.config import settings
from app.db.session import SessionLocal
from app.models import Person, RotationTemplate
from app.services.schedules import generate

# Its age is the healthcheck of the worker and of beat (docker-compose.local.yml):
# asking a worker over the broker costs two seconds of processor each time.
ALIVE = Path("/tmp/celery.alive")

log = logging.getLogger(__name__)
celery = Celery("app", broker=settings.redis_url)
celery.conf.update(
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    beat_max_loop_interval=10,
    beat_schedule={"count-data": {"task": "app.worker.count_data", "schedule": 30.0}},
)


@signals.celeryd_init.connect
def _not_yet(**_: object) -> None:
    # A restarted container still has the file of its former life.
    ALIVE.unlink(missing_ok=True)


@signals.heartbeat_sent.connect
@signals.worker_ready.connect
@signals.beat_init.connect
@signals.after_task_publish.connect
def _alive(**_: object) -> None:
    ALIVE.touch()


@celery.task
def count_data() -> None:
    with SessionLocal() as db:
        people = db.scalar(select(func.count()).where(Person.active))
        rotations = db.scalar(select(func.count()).select_from(RotationTemplate))
    log.info("data: %s active people, %s rotation templates", people, rotations)


@celery.task
def generate_schedule(name: str, starts_on: str, blocks: int) -> None:
    with SessionLocal() as db:
        schedule = generate(db, name, date.fromisoformat(starts_on), blocks)
        log.info("schedule %s: %s assignments", schedule.id, len(schedule.assignments))
