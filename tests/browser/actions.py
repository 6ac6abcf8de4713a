"""The reference stack as a browser sees it, and what a user does there."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page, Route


@dataclass(frozen=True)
class Stack:
    """Where the stack's parts answer, and who may log in."""

    frontend: str
    backend: str
    user: str
    password: str = field(repr=False)


def log_in(page: Page, stack: Stack) -> None:
    page.goto("/login")
    page.get_by_label("User name").fill(stack.user)
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def bake(page: Page, stack: Stack, base: str) -> None:
    """Serve the frontend's JavaScript as if it had been built with this API URL."""
    built = f"{stack.backend}/api/v1"

    def replace(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace(built, base))

    page.route("**/_next/static/chunks/**/*.js", replace)
