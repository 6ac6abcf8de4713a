"""Ask the database and redis, each over a fresh connection and with a time limit."""

import asyncio
from collections.abc import Callable

from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.core.config import settings

TIMEOUT = 3.0  # seconds, for one of them, everything included

# A pooled connection to a database that hangs would hang with it.
_engine = create_engine(
    settings.database_url, poolclass=NullPool, connect_args={"connect_timeout": 2}
)


def ask_database() -> None:
    with _engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def ask_redis() -> None:
    with Redis.from_url(
        settings.redis_url, socket_connect_timeout=2, socket_timeout=2
    ) as redis:
        redis.ping()


async def _state(ask: Callable[[], None]) -> str:
    try:
        await asyncio.wait_for(asyncio.to_thread(ask), TIMEOUT)
    except TimeoutError:
        return f"down: no answer within {TIMEOUT:g} s"
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0]
        return f"down: {type(error).__name__}: {first_line}"
    return "ok"


async def health() -> dict[str, str]:
    database, redis = await asyncio.gather(_state(ask_database), _state(ask_redis))
    healthy = database == redis == "ok"
    return {
        "status": "healthy" if healthy else "unhealthy",
        "database": database,
        "redis": redis,
    }
