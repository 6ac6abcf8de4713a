"""Settings, from the environment that docker-compose.local.yml gives the container."""

import os
from dataclasses import dataclass, field


def _list(name: str, default: str) -> list[str]:
    return [part.strip() for part in os.getenv(name, default).split(",") if part]


@dataclass(frozen=True)
class Settings:
    database_url: str = os.environ["DATABASE_URL"]
    redis_url: str = os.environ["REDIS_URL"]
    secret_key: str = os.environ["SECRET_KEY"]
    demo_user: str = os.environ["DEMO_USER"]
    demo_password: str = os.environ["DEMO_PASSWORD"]
    # Secure cookies never travel over plain HTTP: true only behind TLS.
    cookie_secure: bool = os.getenv("COOKIE_SECURE", "false").lower() == "true"
    cors_origins: list[str] = field(
        default_factory=lambda: _list("CORS_ORIGINS", "http://localhost:3000")
    )


settings = Settings()
