"""What a user of the reference stack does, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import Stack, bake, log_in

pytestmark = [pytest.mark.browser, pytest.mark.engine, pytest.mark.timeout(120)]


def test_log_in_list_and_generate(page: Page, stack: Stack) -> None:
    log_in(page, stack)
    people = page.get_by_test_id("people").locator("tbody tr")
    expect(people.first).to_be_visible()
    assert people.count() >= 24
    expect(page.get_by_text("@example.org").first).to_be_visible()

    page.get_by_role("link", name="Schedule").click()
    page.get_by_label("Blocks").fill("4")
    page.get_by_role("button", name="Generate").click()
    schedule = page.get_by_test_id("schedule")
    expect(schedule).to_be_visible()
    expect(schedule.locator("thead th")).to_have_count(1 + 4)
    names = schedule.locator("tbody th").all_inner_texts()
    assert len(set(names)) == len(names) >= 24
    expect(page.get_by_role("main").get_by_role("alert")).to_have_count(0)


def test_without_a_login_the_page_says_so(page: Page) -> None:
    page.goto("/people")
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("not logged in")
    expect(page.get_by_test_id("people")).to_have_count(0)


def test_a_wrong_password_is_refused(page: Page, stack: Stack) -> None:
    page.goto("/login")
    page.get_by_label("User name").fill(stack.user)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("wrong username or password")
    assert page.context.cookies() == []


def test_the_cookie_is_http_only_and_not_secure(page: Page, stack: Stack) -> None:
    log_in(page, stack)
    expect(page.get_by_test_id("people")).to_be_visible()
    (cookie,) = [c for c in page.context.cookies() if c["name"] == "access_token"]
    assert cookie["httpOnly"]
    assert not cookie["secure"]
    assert cookie["sameSite"] == "Lax"
    assert "access_token" not in page.evaluate("document.cookie")


FETCH = """async (url) => {
  try { return (await fetch(url, {credentials: "include"})).status }
  catch (error) { return String(error) }
}"""


def test_the_browser_blocks_the_redirect_without_cors_headers(
    page: Page, stack: Stack
) -> None:
    log_in(page, stack)
    expect(page.get_by_test_id("people")).to_be_visible()
    assert page.evaluate(FETCH, f"{stack.backend}/api/v1/people") == 200

    # Not bound by CORS, this sees what the browser keeps from the page.
    redirect = page.request.get(f"{stack.backend}/api/people", max_redirects=0)
    assert redirect.status == 307
    assert redirect.headers["location"] == "/api/v1/people"
    assert "access-control-allow-origin" not in redirect.headers

    with page.expect_console_message(lambda m: "CORS policy" in m.text) as seen:
        result = page.evaluate(FETCH, f"{stack.backend}/api/people")
    assert result == "TypeError: Failed to fetch"
    blocked = seen.value.text
    assert f"'{stack.backend}/api/people'" in blocked
    assert f"from origin '{stack.frontend}'" in blocked
    assert "No 'Access-Control-Allow-Origin' header" in blocked


def test_a_build_with_the_unversioned_url_cannot_log_in(
    page: Page, stack: Stack
) -> None:
    bake(page, stack, f"{stack.backend}/api")
    login = f"'{stack.backend}/api/auth/login'"
    with page.expect_console_message(
        lambda m: login in m.text and "blocked by CORS policy" in m.text
    ):
        log_in(page, stack)
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("Network Error")
    assert page.context.cookies() == []


def test_a_build_with_a_relative_url_goes_through_the_frontend(
    page: Page, stack: Stack
) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    bake(page, stack, "/api/v1")
    log_in(page, stack)
    expect(page.get_by_test_id("people").locator("tbody tr").first).to_be_visible()
    assert f"{stack.frontend}/api/v1/people" in requests
    assert not [url for url in requests if url.startswith(stack.backend)]
