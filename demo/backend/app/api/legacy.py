"""The unversioned paths of old clients: /api/people is now /api/v1/people."""

from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RedirectUnversioned:
    """Redirects /api/* to /api/v1/* with 307.

    It stands outside the CORS middleware, so the redirect carries no CORS headers:
    a browser on another origin refuses to follow it. Use /api/v1 directly.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        versioned = path == "/api/v1" or path.startswith("/api/v1/")
        if scope["type"] != "http" or versioned or not path.startswith("/api/"):
            await self.app(scope, receive, send)
            return
        url = URL(scope=scope)
        target = "/api/v1" + url.path.removeprefix("/api")
        if url.query:
            target += f"?{url.query}"
        await RedirectResponse(target, status_code=307)(scope, receive, send)
