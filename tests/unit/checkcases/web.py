"""The API address, cookies and health endpoints."""

from __future__ import annotations

from typing import Any

from tasks.core.snapshot import Snapshot

from ..stored import (
    change,
    healthy,
    with_part,
    with_service,
)
from .case import Case


def cases() -> list[Case]:
    variable = "NEXT_PUBLIC_API_URL"
    bad = {variable: "http://localhost:8000/api"}
    answers = healthy().http
    assert answers

    def answer(name: str, **changes: Any) -> Snapshot:
        found = tuple(
            change(r, **changes) if r.name.startswith(name) else r for r in answers
        )
        return change(healthy(), http=found)

    body = '{"status": "unhealthy", "database": "down"}'
    return [
        (
            "api-url",
            with_service("frontend", environment=bad, build_args=bad),
            "fail",
            "does not end in /api/v1",
            "fix.api-url",
        ),
        (
            "api-url",
            with_service(
                "frontend",
                environment={variable: "http://backend:8000/api/v1"},
                build_args={variable: "http://backend:8000/api/v1"},
            ),
            "fail",
            "can't resolve the service name backend",
            "fix.api-url",
        ),
        (
            "api-url",
            with_part("api_source", base="/api"),
            "fail",
            "it should be /api/v1",
            "fix.api-url",
        ),
        (
            "api-url",
            with_part("served", bases={"http://localhost:8000/api": "/_next/a.js"}),
            "fail",
            "the served JavaScript calls http://localhost:8000/api",
            "fix.rebuild-frontend",
        ),
        (
            "api-url",
            answer("api", headers={}),
            "fail",
            "does not allow the frontend's origin",
            "fix.recreate",
        ),
        (
            "cookies",
            with_part("api_source", credentials=None),
            "fail",
            "withCredentials is not set",
            "fix.cookies",
        ),
        (
            "cookies",
            with_part("api_source", credentials=False),
            "fail",
            "withCredentials is false",
            "fix.cookies",
        ),
        ("cookies", with_part("login", secure=True), "fail", "Secure", "fix.cookies"),
        ("cookies", with_part("login", next_status=401), "fail", "next request", None),
        ("cookies", with_part("login", cookie=""), "fail", "sets no cookie", None),
        ("cookies", with_part("login", status=403), "fail", "answers 403", None),
        (
            "health",
            answer("health", status=503, body=body),
            "fail",
            "answers 503",
            "fix.auto",
        ),
        ("health", answer("health", body=body), "fail", "says unhealthy", None),
        ("health", answer("health", body="healthy"), "fail", "no JSON", None),
        (
            "health",
            answer("health", error="connection refused"),
            "fail",
            "refused",
            "fix.auto",
        ),
    ]
