"""The pages of Play without a browser: what they hold, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import FIXTURES, Api
from tests.web.sandboxes import SAMPLES, Player


@pytest.fixture
def player(pages: str) -> Iterator[Player]:
    with Player(pages) as player:
        yield player


def test_everything_works_without_a_script(player: Player) -> None:
    player.play("food_order/food_order.bpmn")
    player.step("start", process="food_order", variables='{"orderId": "A-1"}')
    assert player.page.status_code == 200
    assert "Job <code>food.charge-card</code>" in player.page.text
    player.post(f"{player.path}/run-on")
    assert "may be completed, or end with an error that is caught at it." in player.page.text
    assert '<a href="/modeler" aria-current="page">' in player.page.text
    player.post(f"{player.path}/back", to="0")
    assert "Nothing has happened yet" in player.page.text


def test_a_step_is_refused_with_the_reason(player: Player) -> None:
    player.play("food_order/food_order.bpmn")
    player.step("complete job", element="charge_card")
    assert player.page.status_code == 404
    assert "Expected an open job at &#39;charge_card&#39;, but there is none." in player.page.text


def test_a_step_on_an_old_page_is_refused(player: Player) -> None:
    player.play("food_order/food_order.bpmn")
    old = player.page
    player.step("start", process="food_order")
    player.page = old
    player.step("start", process="food_order")
    assert player.page.status_code == 409
    assert "moved on in another tab" in player.page.text


@pytest.mark.parametrize("key", ["1", "0", "x", "9" * 30])
def test_a_sandbox_that_is_not_there(player: Player, key: str) -> None:
    player.path = f"/play/{key}"
    player.post(f"/play/{key}/run-on", revision="1")
    assert player.page.status_code == 404


def test_what_is_no_bpmn_is_told(player: Player) -> None:
    player.post("/play", name="notes", content="Dear diary")
    assert player.page.status_code == 422
    assert "notes cannot be played yet" in player.page.text


def test_a_drawing_of_the_sandbox(player: Player) -> None:
    player.play("food_order/food_order.bpmn")
    drawing = player.get(f"{player.path}/diagram/food_order")
    assert drawing == (SAMPLES / "food_order/food_order.bpmn").read_text(encoding="utf-8")


def test_a_scenario_that_no_longer_fits_is_told_step_by_step(player: Player) -> None:
    player.play("food_order/food_order.bpmn")
    player.step("start", process="food_order", variables='{"orderId": "A-1"}')
    player.step("complete job", element="charge_card")
    player.post(f"{player.path}/scenarios", name="Charged")
    assert "&#39;Charged&#39; is kept, with 2 steps." in player.page.text

    later = (
        (SAMPLES / "food_order/food_order.bpmn").read_text(encoding="utf-8").replace('"charge_card"', '"take_money"')
    )
    player.play_content("food_order", later)
    player.post(f"{player.path}/scenarios/run")
    assert "0 of 1 scenarios went as they were recorded." in player.page.text
    assert "1 of 2 steps could be taken." in player.page.text
    assert "Expected an open job at &#39;charge_card&#39;, but there is none." in player.page.text


def test_what_a_draft_calls_is_taken_as_it_is_deployed(api: Api, player: Player) -> None:
    api.deploy("call_activity_child.bpmn")
    player.play_content("caller", (FIXTURES / "call_activity.bpmn").read_text(encoding="utf-8"))
    player.step("start", process="call_activity")
    assert "called by" in player.page.text


def test_what_a_draft_calls_and_nobody_has_is_an_incident(player: Player) -> None:
    player.play_content("caller", (FIXTURES / "call_activity.bpmn").read_text(encoding="utf-8"))
    player.step("start", process="call_activity")
    assert "Called element error" in player.page.text
