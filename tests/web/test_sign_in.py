"""Signing in, in a browser: the right password, a wrong one, and the end of a session while a page is open."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import BrowserContext, Page, expect

from tests.server import Access, running_server
from tests.web.people import PASSWORD, add_people


@pytest.fixture
def pages(database_url: str) -> Iterator[str]:
    """A server where everybody has to sign in."""
    add_people(database_url)
    with running_server(database_url, access=Access()) as url:
        yield url


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Clerk").click()
    page.get_by_role("button", name="Sign out", exact=True).click()


def test_somebody_signs_in_and_gets_where_they_wanted_to_go(page: Page) -> None:
    page.goto("/profile?from=mail")
    expect(page).to_have_url("/sign-in?next=%2Fprofile%3Ffrom%3Dmail")
    sign_in(page, "ada")
    expect(page).to_have_url("/profile?from=mail")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Clerk")
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)


def test_a_wrong_password_is_said_and_the_user_name_stays(page: Page) -> None:
    page.goto("/sign-in")
    sign_in(page, "ada", "wrong horse")
    expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    expect(page.get_by_label("User name")).to_have_value("ada")
    expect(page.get_by_label("Password")).to_be_focused()


def test_signing_out_leads_back_to_the_sign_in(page: Page) -> None:
    page.goto("/profile")
    sign_in(page, "ada")
    sign_out(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/profile")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_open_page_notices_that_the_session_has_ended(page: Page, database_url: str) -> None:
    page.clock.install()
    page.goto("/profile")
    sign_in(page, "ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Clerk")
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM session")
    page.clock.fast_forward(61_000)
    expect(page).to_have_url("/sign-in?next=%2Fprofile&ended=yes")
    expect(page.get_by_text("Your session has ended.")).to_be_visible()


def test_signing_out_in_one_tab_is_noticed_in_the_others(page: Page, context: BrowserContext) -> None:
    page.goto("/profile")
    sign_in(page, "ada")
    other = context.new_page()
    other.clock.install()
    other.goto("/tasks")
    expect(other.get_by_role("link", name="Tasks")).to_be_visible()
    sign_out(page)
    other.clock.fast_forward(61_000)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_form_of_another_site_changes_nothing(page: Page, pages: str) -> None:
    page.goto("/profile")
    sign_in(page, "ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Clerk")
    evil = f'<form method="post" action="{pages}/sign-out"><button>A kitten</button></form>'
    page.route("https://evil.example/", lambda route: route.fulfill(body=evil, content_type="text/html"))
    page.goto("https://evil.example/")
    page.get_by_role("button", name="A kitten").click()
    expect(page.get_by_text("The request came from another site, so nothing was changed.")).to_be_visible()
    page.goto("/profile")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Clerk")


def test_a_new_password_ends_the_other_sessions(page: Page, browser: PlaywrightBrowser, pages: str) -> None:
    page.goto("/profile")
    sign_in(page, "ada")
    elsewhere = browser.new_context(base_url=pages)
    with elsewhere:
        other = elsewhere.new_page()
        other.goto("/profile")
        sign_in(other, "ada")
        expect(other.get_by_role("row", name="This one")).to_be_visible()
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_label("New password", exact=True).fill("battery staple")
        page.get_by_label("New password again").fill("battery staple")
        page.get_by_role("button", name="Change password").click()
        expect(page.get_by_role("status").filter(has_text="The password has been changed")).to_be_visible()
        other.reload()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_was_typed_outlives_the_session(page: Page, context: BrowserContext, database_url: str) -> None:
    page.goto("/operations/messages")
    sign_in(page, "olga")
    page.get_by_role("button", name="Publish a message").click()
    dialog = page.get_by_role("dialog", name="Publish a message")
    dialog.get_by_label("Message name").fill("meal ready")
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM session")
    publish = dialog.get_by_role("button", name="Publish", exact=True)
    publish.click()
    expect(dialog).to_contain_text("Your session has ended. What you have not sent yet is still here")

    with context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()  # what is not in the dialog could not be clicked
    elsewhere = opened.value
    sign_in(elsewhere, "root")
    expect(elsewhere.get_by_role("link", name="Operations")).to_be_visible()
    publish.click()
    expect(dialog).to_contain_text("Somebody else has signed in meanwhile. Sign in as olga to go on in this tab.")
    elsewhere.goto("/sign-in")
    sign_in(elsewhere, "olga")
    expect(elsewhere.get_by_role("link", name="Operations")).to_be_visible()
    publish.click()
    expect(page.get_by_text("The message “meal ready” is published.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Somebody else has signed in")).to_have_count(0)
