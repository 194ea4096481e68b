"""The demonstration, one's own profile, and users and groups as administrators manage them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.server import Access, running_server
from tests.web.people import PASSWORD, Browser, add_people


@pytest.fixture(scope="module")
def guarded(module_database_url: str) -> Iterator[str]:
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


@pytest.fixture
def root(guarded: str) -> Iterator[Browser]:
    with Browser(guarded) as root:
        root.sign_in("root")
        yield root


# ---- The demonstration ---------------------------------------------------------------------------------------------


def test_a_newcomer_is_told_who_they_are_and_acts_as_somebody_else(page: Page) -> None:
    page.goto("/profile")
    banner = page.get_by_role("complementary", name="Demonstration")
    expect(banner).to_contain_text("Signed in as Demo without a password")
    banner.get_by_label("Act as").select_option("Clara Clerk")
    banner.get_by_role("button", name="Switch").click()
    expect(banner).to_contain_text("Signed in as Clara Clerk")
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)
    banner.get_by_label("Act as").select_option("Demo")
    banner.get_by_role("button", name="Switch").click()
    expect(page.get_by_role("link", name="Operations")).to_be_visible()


def test_whoever_acts_as_a_clerk_may_do_what_a_clerk_may(database_url: str) -> None:
    with running_server(database_url) as url, Browser(url) as browser:
        browser.submit("/profile", "/acts-as", username="clara")
        assert browser.client.get("/v2/authentication/me").json()["username"] == "clara"
        assert browser.client.post("/v2/process-instances/search", json={}).status_code == 403
        assert browser.get("/admin/users").status_code == 403


def test_nobody_locks_themselves_out_of_a_demonstration(database_url: str) -> None:
    with running_server(database_url) as url, Browser(url) as browser:
        assert browser.submit("/admin/users/demo", "/admin/users/demo", name="Demo", role=["USER"]).is_redirect
        told = browser.get("/admin/users/demo").text
        assert "the demo user may do everything and belongs to all groups, whatever is chosen here" in told
        assert "whatever is chosen here" not in browser.get("/admin/users/clara").text


def test_nobody_acts_as_somebody_with_a_password(database_url: str) -> None:
    add_people(database_url)
    with running_server(database_url) as url, Browser(url) as browser:
        browser.submit("/profile", "/acts-as", username="ada")
        browser.set_cookie("acts", "ada")
        assert browser.client.get("/v2/authentication/me").json()["username"] == "demo"


def test_where_people_sign_in_nobody_acts_as_others(root: Browser) -> None:
    assert root.submit("/profile", "/acts-as", username="ada").status_code == 403


# ---- One's own profile ---------------------------------------------------------------------------------------------


def test_the_theme_is_kept(page: Page) -> None:
    page.goto("/profile")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(
    ("present", "new", "again", "complaint"),
    [
        ("wrong", "battery staple", "battery staple", "not your present password"),
        (PASSWORD, "battery staple", "battery stable", "two new passwords differ"),
        (PASSWORD, "short", "short", "at least 8 characters"),
    ],
)
def test_what_is_wrong_with_a_new_password_is_said(
    guarded: str, present: str, new: str, again: str, complaint: str
) -> None:
    with Browser(guarded) as bob:
        bob.sign_in("bob")
        answer = bob.submit("/profile", "/profile/password", current=present, password=new, repeated=again)
        assert answer.status_code in (400, 401)
        assert complaint in answer.text


def test_somebody_signs_out_everywhere_else(guarded: str) -> None:
    with Browser(guarded) as here, Browser(guarded) as there:
        here.sign_in("eve")
        there.sign_in("eve")
        here.submit("/profile", "/profile/sessions/end")
        assert there.get("/session").status_code == 401
        assert here.get("/session").status_code == 204


# ---- Users and groups ----------------------------------------------------------------------------------------------


def test_an_administrator_adds_a_user_and_reads_the_password_once(page: Page, pages: str) -> None:
    page.goto("/admin/users")
    page.get_by_role("button", name="Add user").first.click()
    dialog = page.get_by_role("dialog", name="Add a user")
    dialog.get_by_label("User name").fill("grace")
    dialog.get_by_label("Name", exact=True).fill("Grace <b>Hopper</b>")
    dialog.get_by_label("Adjusters").check()
    dialog.get_by_role("button", name="Add user").click()
    password = page.get_by_role("status").locator("code").inner_text()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace <b>Hopper</b>")
    with Browser(pages) as grace:
        assert grace.sign_in("grace", password).status_code == 303
        assert grace.client.get("/v2/authentication/me").json()["groups"] == ["adjusters"]
    page.reload()
    expect(page.get_by_role("status").locator("code")).to_have_count(0)


def test_what_is_wrong_with_a_new_user_is_said_where_it_was_typed(page: Page) -> None:
    page.goto("/admin/users")
    page.get_by_role("button", name="Add user").first.click()
    dialog = page.get_by_role("dialog", name="Add a user")
    expect(dialog.get_by_label("User name")).to_be_focused()
    dialog.get_by_label("User name").fill("gr ace")
    dialog.get_by_label("Name", exact=True).fill("Grace")
    dialog.get_by_role("button", name="Add user").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A user name is made of")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Grace")


def test_an_administrator_makes_a_group_and_puts_somebody_into_it(page: Page) -> None:
    page.goto("/admin/groups")
    page.get_by_role("button", name="Add group").first.click()
    dialog = page.get_by_role("dialog", name="Add a group")
    dialog.get_by_label("Id").fill("night/shift")
    dialog.get_by_label("Name").fill("Night shift")
    dialog.get_by_role("button", name="Add group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Night shift")
    page.get_by_label("User name").fill("clara")
    page.get_by_role("button", name="Add member").click()
    expect(page.get_by_role("row", name="clara")).to_be_visible()
    page.get_by_role("button", name="Remove clara from the group").click()
    expect(page.get_by_text("Nobody is in this group yet")).to_be_visible()


def test_a_user_who_is_switched_off_is_out_at_once(root: Browser, guarded: str) -> None:
    with Browser(guarded) as andy:
        andy.sign_in("andy")
        root.submit("/admin/users/andy", "/admin/users/andy", name="Andy", role="MODELER")
        assert andy.get("/session").status_code == 401
        assert andy.sign_in("andy").status_code == 401
        root.submit("/admin/users/andy", "/admin/users/andy", name="Andy", role="MODELER", active="yes")
        assert andy.sign_in("andy").status_code == 303


def test_a_password_that_is_reset_is_shown_once(root: Browser, guarded: str) -> None:
    answer = root.submit("/admin/users/olga", "/admin/users/olga/password")
    password = answer.text.partition("</strong> is <code>")[2].partition("</code>")[0]
    with Browser(guarded) as olga:
        assert olga.sign_in("olga").status_code == 401
        assert olga.sign_in("olga", password).status_code == 303


def test_the_last_administrator_cannot_be_removed(root: Browser) -> None:
    answer = root.submit("/admin/users/root", "/admin/users/root/removal")
    assert answer.status_code == 409
    assert "nobody who can sign in as administrator" in answer.text


def test_what_cannot_be_added_is_said_and_what_was_typed_stays(root: Browser) -> None:
    answer = root.submit("/admin/users", "/admin/users", username="<script>alert(1)</script>", name="Eve")
    assert answer.status_code == 400
    assert "A user name is made of" in answer.text
    assert "<script>alert" not in answer.text
    assert 'value="Eve"' in answer.text
    taken = root.submit("/admin/groups", "/admin/groups", groupId="sales")
    assert taken.status_code == 409
    dialog = taken.text.partition('<dialog id="new-group"')[2]  # it is open, and covers the rest of the page
    assert "There is a group &#39;sales&#39; already." in dialog


def test_what_is_not_there_is_said(root: Browser) -> None:
    for path in ("/admin/users/ghost", "/admin/groups/ghosts/edit"):
        assert root.get(path).status_code == 404
        assert "There is no" in root.get(path).text


def test_the_page_of_the_api_carries_the_token_of_the_session(page: Page, pages: str) -> None:
    page.goto("/docs")
    expect(page.get_by_role("link", name="Cluster")).to_be_visible()
    assert "request.headers['X-CSRF-Token'] = token" in httpx.get(f"{pages}/docs/start.js").text
