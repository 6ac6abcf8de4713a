"""What people type otherwise: the commands of the playbook, unchanged.

Those that change something (upgrade, build, seed), never end (``logs -f``) or
need an editor are left out; so it is compared with less than a user would type.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.harness.stack import ReferenceStack

COMPOSE = "docker compose -f docker-compose.local.yml"
#: Without a terminal, exec must be told so; it costs nothing.
EXEC = f"{COMPOSE} exec -T backend"

VERSIONS = """
import numpy, scipy
print("numpy", numpy.__version__)
print("scipy", scipy.__version__)
"""
COUNTS = """
from app.db.session import get_db
from app.models.person import Person
from app.models.rotation_template import RotationTemplate

db = next(get_db())
print("people", db.query(Person).count())
print("rotation_templates", db.query(RotationTemplate).count())
"""


class Typed(NamedTuple):
    """One command line, and what it reads."""

    line: str
    stdin: str = ""


def playbook(stack: ReferenceStack) -> tuple[Typed, ...]:
    """Return the commands of sections 0 to 5 and 9."""
    return (
        Typed(f"docker ps -a | grep {stack.project}"),
        Typed(f"{COMPOSE} logs --tail=200 backend"),
        Typed(f"{EXEC} python -", VERSIONS),
        Typed(f"{EXEC} alembic current"),
        Typed(f"{EXEC} alembic heads"),
        Typed(f"{EXEC} python -", COUNTS),
        Typed(f"curl -sS {stack.backend}/health | jq"),
        Typed(f"curl -sS {stack.backend}/api/v1/health | jq"),
    )


#: Section 0, as far as it looks at the containers and the last words of one.
TRIAGE = f"{COMPOSE} ps && {COMPOSE} logs --tail=200 backend"
#: Section 1's way to mend the image, and looking until it is healthy again.
REBUILD = (
    f"{COMPOSE} up -d --build backend && "
    f"until {COMPOSE} ps backend | grep -q '(healthy)'; do sleep 1; done"
)
#: The same for every service of that image: the command above leaves the workers
#: on the old one.
REBUILD_ALL = (
    f"{COMPOSE} up -d --build backend celery-worker celery-beat && "
    f"until [ $({COMPOSE} ps backend celery-worker celery-beat "
    "| grep -c '(healthy)') = 3 ]; do sleep 1; done"
)
