"""The pages of operations as the server renders them: filters, addresses, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import html

from tests.server import Access, Api, running_server
from tests.web import food_orders
from tests.web.people import Browser, add_people


class Orders:
    """A server with food orders in all states, shared by the tests that only look."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30)
        with Api(url) as api:
            self.old = food_orders.deploy(api)
            self.unknown = food_orders.fail(api, 3, "The card 4711 is unknown")
            self.away = food_orders.fail(api, 2, "100% of <b>tries</b> failed*")
            [self.canceled] = food_orders.order(api, 1)
            api.post(f"/process-instances/{self.canceled}/cancellation", {})
            self.new = food_orders.deploy(api, task="Charge the card")
            [self.acme] = food_orders.order(api, 1, "acme-1", customer="Ada", amount=12)
            [self.other] = food_orders.order(api, 1, "acme-2", customer="12", amount=13)

    def page(self, path: str, status: int = 200, **params: Any) -> Any:
        """The parsed page."""
        response = self.client.get(path, params=params or None)
        assert response.status_code == status, response.text
        return html.fromstring(response.text)

    def instances(self, **params: Any) -> set[str]:
        """The keys that the list of instances shows."""
        return keys_of(self.page("/operations/instances", **params))


@pytest.fixture(scope="module")
def orders(module_database_url: str) -> Iterator[Orders]:
    with pytest.MonkeyPatch.context() as patch, running_server(module_database_url) as url:
        patch.setattr("web.operations.kept.PATIENCE", 30.0)  # a busy machine counts slowly
        found = Orders(url)
        with found.client:
            yield found


def keys_of(page: Any) -> set[str]:
    return set(page.xpath("//tr/@id[starts-with(., 'instance-')]/parent::*//input[@data-select]/@value"))


def text_of(page: Any, path: str) -> str:
    return " ".join(" ".join(page.xpath(f"{path}//text()")).split())


# ---- The dashboard ---------------------------------------------------------------------------------------------------


def test_the_dashboard_counts_what_runs_what_is_stuck_and_what_has_finished(orders: Orders) -> None:
    page = orders.page("/operations")
    assert [text_of(figure, ".") for figure in page.xpath("//*[@class='figure']")] == ["7", "5", "1"]
    cells = [text_of(cell, ".") for cell in page.xpath("//section[.//h2='Processes']//tbody/tr/td")]
    assert cells[:5] == ["Food order food_order", "2, latest 2", "7", "5", "1"]


def test_the_dashboard_groups_incidents_by_message_largest_first(orders: Orders) -> None:
    groups = orders.page("/operations").xpath("//ul[@class='rows']/li")
    assert [text_of(group, "./a") for group in groups] == ["The card 4711 is unknown", "100% of <b>tries</b> failed*"]
    address = groups[0].xpath("./a/@href")[0]
    assert keys_of(orders.page(address)) == set(orders.unknown)


def test_jobs_that_nobody_takes_are_counted_by_type(orders: Orders) -> None:
    row = orders.page("/operations").xpath("//section[.//h2='Jobs that wait']//tbody/tr")[0]
    assert [text_of(cell, ".") for cell in row.xpath("./td[position() != 3]")] == ["food.charge-card", "2", "5"]


def test_processes_are_found_by_name(orders: Orders) -> None:
    assert orders.page("/operations", q="food ORD").xpath("//a[text()='Food order']")
    assert "No process matches" in orders.page("/operations", q="loan").text_content()


# ---- Filters of instances --------------------------------------------------------------------------------------------


def test_running_instances_are_shown_unless_the_address_says_otherwise(orders: Orders) -> None:
    assert orders.instances() == {*orders.unknown, *orders.away, orders.acme, orders.other}
    assert orders.instances(state="canceled") == {orders.canceled}
    assert orders.instances(state="finished") == {orders.canceled}
    assert orders.instances(state="completed") == set()
    assert orders.instances(state="incident") == {*orders.unknown, *orders.away}


def test_the_text_of_an_error_is_taken_literally(orders: Orders) -> None:
    assert orders.instances(error="4711") == set(orders.unknown)
    assert orders.instances(error="100%") == set(orders.away)
    assert orders.instances(error="failed*") == set(orders.away)
    assert orders.instances(error="4*1") == set()


def test_variables_are_compared_as_what_was_typed(orders: Orders) -> None:
    def found(name: str, operator: str, value: str) -> set[str]:
        return orders.instances(variable=name, operator=operator, value=value)

    assert found("amount", "is", "12") == {orders.acme}
    assert found("customer", "is", "Ada") == {orders.acme}
    assert found("customer", "is", '"12"') == {orders.other}
    assert found("customer", "not", "Ada") == {orders.other}
    assert found("customer", "contains", "d") == {orders.acme}
    assert found("customer", "there", "") == {orders.acme, orders.other}


def test_several_conditions_on_variables_must_all_hold(orders: Orders) -> None:
    pairs = {"variable": ["customer", "amount"], "operator": ["there", "is"], "value": ["", "13"]}
    assert orders.instances(**pairs) == {orders.other}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("business", "acme-1", ["acme"]),
        ("business", "acme-*", ["acme", "other"]),
        ("version", "2", ["acme", "other"]),
        ("element", "await_meal", []),
        ("started_from", "2000-01-01T00:00", ["acme", "other", "unknown", "away"]),
        ("started_to", "2000-01-01T00:00", []),
        ("parent", "42", []),
    ],
)
def test_a_filter_narrows_the_list(orders: Orders, name: str, value: str, shown: list[str]) -> None:
    expected: set[str] = set()
    for attribute in shown:
        keys = getattr(orders, attribute)
        expected |= {keys} if isinstance(keys, str) else set(keys)
    assert orders.instances(process="food_order", **{name: value}) == expected


def test_instances_are_found_by_their_keys_however_they_are_separated(orders: Orders) -> None:
    assert orders.instances(keys=f"{orders.acme}, {orders.other}\n") == {orders.acme, orders.other}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("state", "asleep", "There is no state 'asleep'"),
        ("hash", "²", "The hash code of an error message must be a whole number, but is '²'"),
        ("started_from", "yesterday", "A date must look like 2026-01-31T08:00, but is 'yesterday'."),
        ("version", "two", "A version must be a whole number, but is 'two'."),
        ("parent", "x", "The key of a calling instance must be a whole number as it stands in lists, but is 'x'."),
        ("keys", "12, x", "The key of an instance must be a whole number as it stands in lists, but is 'x'."),
        ("version", "2147483648", "A version cannot be as large as 2147483648."),
        ("after", "nonsense", "There is no such place in this list"),
        ("sort", "-colour", "This list cannot be sorted by 'colour'."),
        ("limit", "many", "The number of rows on a page must be a whole number, but is 'many'."),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_in_words(orders: Orders, name: str, value: str, reason: str) -> None:
    page = orders.page("/operations/instances", 400, **{"business": "acme-1", name: value})
    assert reason in text_of(page, "//*[@role='alert']")
    assert page.xpath("//*[@role='alert']/descendant::a/@href") == ["/operations/instances?business=acme-1"]


@pytest.mark.parametrize(
    ("path", "name", "value", "reason"),
    [
        ("jobs", "instance", "x", "The key of an instance must be a whole number as it stands in lists, but is 'x'."),
        ("incidents", "type", "FIRE", "There is no kind of incident 'FIRE'."),
        ("decisions", "from", "soon", "A date must look like 2026-01-31T08:00, but is 'soon'."),
        ("messages", "sort", "colour", "This list cannot be sorted by 'colour'."),
        ("batches", "before", "nonsense", "There is no such place in this list"),
    ],
)
def test_every_list_refuses_in_the_words_of_the_page(
    orders: Orders, path: str, name: str, value: str, reason: str
) -> None:
    page = orders.page(f"/operations/{path}", 400, **{name: value})
    assert reason in text_of(page, "//*[@role='alert']")
    assert page.xpath("//*[@role='alert']/descendant::a/@href") == [f"/operations/{path}"]


def test_what_narrows_a_list_is_named_with_an_address_without_it(orders: Orders) -> None:
    page = orders.page("/operations/instances", error="4711", business="acme-1", state="all")
    [chip] = page.xpath("//ul[@aria-label='Narrowed by']/li[contains(., 'acme-1')]")
    left = parse_qs(urlsplit(chip.xpath("./a/@href")[0]).query)
    assert left == {"error": ["4711"], "state": ["all"]}


def test_a_list_says_the_error_of_each_instance_that_is_stuck(orders: Orders) -> None:
    page = orders.page("/operations/instances", keys=orders.unknown[0])
    assert "The card 4711 is unknown" in text_of(page, f"//tr[@id='instance-{orders.unknown[0]}']")


def test_pages_of_a_list_follow_each_other_by_cursor(orders: Orders) -> None:
    seen: list[set[str]] = []
    page = orders.page("/operations/instances", sort="startDate", limit=3)
    while True:
        seen.append(keys_of(page))
        following = page.xpath("//a[@rel='next']/@href")
        if not following:
            break
        page = orders.page(following[0])
    assert [len(keys) for keys in seen] == [3, 3, 1]
    assert set().union(*seen) == orders.instances()
    back = orders.page(page.xpath("//a[@rel='prev']/@href")[0])
    assert keys_of(back) == seen[1]


def test_a_column_sorts_and_says_so(orders: Orders) -> None:
    page = orders.page("/operations/instances", business="acme-*")
    [address] = page.xpath("//th/a[starts-with(., 'Business id')]/@href")
    page = orders.page(address)
    assert page.xpath("//th[@aria-sort='descending']")[0].text_content().strip() == "Business id"
    assert page.xpath("//input[@data-select]/@value") == [orders.other, orders.acme]


# ---- One process -----------------------------------------------------------------------------------------------------


def elements(orders: Orders, **params: Any) -> dict[str, dict[str, str]]:
    page = orders.page(f"/operations/definitions/{food_orders.PROCESS}/elements", **params)
    return {row.get("data-element"): dict(row.attrib) for row in page.xpath("//tr[@data-element]")}


def test_a_process_shows_its_latest_version(orders: Orders) -> None:
    page = orders.page("/operations/definitions/food_order")
    assert page.xpath("//select[@id='version']/option[@selected]/@value") == ["2"]
    assert keys_of(page) == {orders.acme, orders.other}


def test_what_has_not_been_counted_yet_is_not_shown_as_none(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WORTH", 0.0), ("WORTH_WAITING", 1e9), ("PATIENCE", 0.0)):
        monkeypatch.setattr(f"web.operations.kept.{name}", value)
    page = orders.page("/operations/definitions/food_order")
    assert page.xpath("//select[@id='version']/option/text()") == ["2", "1", "All"]


def test_every_version_together_has_all_instances(orders: Orders) -> None:
    assert keys_of(orders.page("/operations/definitions/food_order", version="all")) == orders.instances()


def test_the_elements_of_a_diagram_have_their_numbers_in_words(orders: Orders) -> None:
    numbers = elements(orders, version="1")
    charge = numbers["charge_card"]
    assert (charge["data-active"], charge["data-incidents"]) == ("0", "5")
    assert numbers["order_placed"]["data-completed"] == "5"
    assert numbers["meal_delivered"]["data-visits"] == "0"


def test_the_numbers_follow_the_filter_of_the_list(orders: Orders) -> None:
    assert elements(orders, version="1", error="4711")["charge_card"]["data-incidents"] == "3"
    assert elements(orders, version="1", state="canceled")["charge_card"]["data-canceled"] == "1"
    assert elements(orders, version="all")["charge_card"]["data-active"] == "2"


def test_an_element_leads_to_the_instances_that_are_there(orders: Orders) -> None:
    page = orders.page("/operations/definitions/food_order/elements", version="1")
    [address] = page.xpath("//tr[@data-element='charge_card']//a/@href")
    assert keys_of(orders.page(address)) == {*orders.unknown, *orders.away}


def test_the_file_is_the_one_that_was_deployed(orders: Orders) -> None:
    response = orders.client.get("/operations/definitions/food_order/file", params={"version": 2, "download": True})
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''food_order-2.bpmn"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert b"Charge the card" in response.content


def test_what_is_not_deployed_is_not_found(orders: Orders) -> None:
    assert "There is no process 'lunch'" in orders.page("/operations/definitions/lunch", 404).text_content()
    page = orders.page("/operations/definitions/food_order", 404, version="9")
    assert "There is no version '9'" in page.text_content()


# ---- The other lists -------------------------------------------------------------------------------------------------


def test_incidents_are_listed_and_narrowed(orders: Orders) -> None:
    assert len(orders.page("/operations/incidents").xpath("//input[@data-select]")) == 5
    assert len(orders.page("/operations/incidents", error="4711").xpath("//input[@data-select]")) == 3
    assert len(orders.page("/operations/incidents", state="resolved").xpath("//input[@data-select]")) == 0
    group = orders.page("/operations/incidents").xpath("//ul[@class='rows']/li/a/@href")[1]
    assert len(orders.page(group).xpath("//input[@data-select]")) == 2


def test_jobs_without_retries_are_found(orders: Orders) -> None:
    page = orders.page("/operations/jobs", state="stuck")
    assert len(page.xpath("//input[@data-select]")) == 5
    assert len(orders.page("/operations/jobs", type="food.charge-card", state="waiting").xpath("//tbody/tr")) == 2


def test_messages_are_listed_by_who_waits_and_by_what_is_kept(orders: Orders) -> None:
    assert "Nobody waits" in orders.page("/operations/messages").text_content()
    body = {"name": "paid", "correlationKey": "x1", "timeToLive": 60_000, "variables": {"a": 1}}
    with Api(str(orders.client.base_url)) as api:
        api.post("/messages/publication", body)
    row = text_of(orders.page("/operations/messages", view="buffered"), "//tbody/tr")
    assert re.match(r'paid x1 \{"a":1\}', row), row


@pytest.mark.parametrize("path", ["decisions", "batches", "messages?view=correlated"])
def test_an_empty_list_says_what_it_is_for(orders: Orders, path: str) -> None:
    assert orders.page(f"/operations/{path}").xpath("//*[@class='empty']//strong")


def test_a_batch_operation_or_decision_that_does_not_exist_is_not_found(orders: Orders) -> None:
    assert "no batch operation" in orders.page("/operations/batches/42", 404).text_content()
    assert "no decision instance" in orders.page("/operations/decisions/42-1", 404).text_content()


# ---- Previews --------------------------------------------------------------------------------------------------------


def preview(orders: Orders, status: int = 200, **plan: Any) -> str:
    token = orders.page("/operations").xpath("//meta[@name='csrf-token']/@content")[0]
    response = orders.client.post("/operations/previews", json=plan, headers={"X-CSRF-Token": token})
    assert response.status_code == status, response.text
    return " ".join(html.fromstring(response.text).text_content().split())


def test_a_preview_says_of_each_instance_whether_it_can_be_moved(orders: Orders) -> None:
    filter = {"processInstanceKey": {"$in": [orders.acme, orders.other]}}
    told = preview(orders, type="modify", filter=filter, moves=[["charge_card", "find_driver"]])
    assert "All 2 can be changed so." in told
    assert "activated find_driver" in told
    assert orders.instances(element="charge_card", business="acme-1") == {orders.acme}  # nothing has happened


def test_a_preview_gives_the_engines_reason_where_it_would_refuse(orders: Orders) -> None:
    told = preview(orders, type="migrate", filter={"processInstanceKey": orders.acme}, target=orders.old, mapping={})
    assert "1 of 1 would be refused." in told
    assert "charge_card" in told


def test_a_plan_that_says_nothing_is_refused(orders: Orders) -> None:
    assert "Choose at least one element" in preview(orders, 400, type="modify", filter={"state": "ACTIVE"})


def test_two_versions_are_beside_each_other(orders: Orders) -> None:
    page = orders.page("/operations/definitions/food_order/compare")
    assert page.xpath("//h2[@id='old-title' or @id='new-title']/text()") == ["Version 1", "Version 2"]
    page = orders.page("/operations/definitions/food_order/compare", old="2", new="1")
    assert page.xpath("//h2[@id='old-title' or @id='new-title']/text()") == ["Version 2", "Version 1"]


def test_operations_are_for_operators(database_url: str) -> None:
    add_people(database_url)
    with running_server(database_url, access=Access()) as url, Browser(url) as browser:
        browser.sign_in("ada")
        for page in ("", "/instances", "/incidents", "/definitions/order", "/batches/1", "/elements/1"):
            assert browser.get(f"/operations{page}").status_code == 403, page
        browser.sign_in("olga")
        assert browser.get("/operations").status_code == 200
