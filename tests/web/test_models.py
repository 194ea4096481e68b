"""The library of models: whose change counts, who may change what, what is kept out, what is deployed along."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Access, Api, running_server
from tests.web.modelers import FIXTURES, SAMPLES, Modeler
from tests.web.people import add_people

LOAN = "loan_application"


@pytest.fixture(scope="module")
def url(module_database_url: str) -> Iterator[str]:
    """A server where everybody signs in."""
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


def signed_in(url: str, username: str) -> Modeler:
    person = Modeler(url)
    person.sign_in(username)
    return person


@pytest.fixture(scope="module")
def andy(url: str) -> Iterator[Modeler]:
    """A modeler."""
    with signed_in(url, "andy") as person:
        yield person


# ---- Drafts ---------------------------------------------------------------------------------------------------------


def test_a_new_diagram_says_for_which_platform_it_is(andy: Modeler) -> None:
    content = andy.draft(andy.new("bpmn", "Order handling"))["content"]
    assert 'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.8.0"' in content
    assert 'id="order_handling" name="Order handling" isExecutable="true"' in content


def test_each_new_model_has_an_id_of_its_own(andy: Modeler) -> None:
    for id in ("same_name", "same_name_2", "same_name_3"):
        assert f'"id": "{id}"' in andy.draft(andy.new("form", "Same name"))["content"]


def test_of_two_who_save_the_same_revision_the_second_is_told(url: str, andy: Modeler) -> None:
    key = andy.new("form", "Shared")
    first = andy.draft(key)["content"]
    with signed_in(url, "root") as root:
        root.save(key, 1, first.replace("[]", '[{"type": "text", "text": "of root"}]'))
    told = andy.save(key, 1, first.replace("[]", '[{"type": "text", "text": "of andy"}]'), status=409)
    assert told["detail"] == "root has changed this model since you opened it; your change was not saved."
    assert (told["revision"], told["changedBy"]) == (2, "root")
    assert "of root" in andy.draft(key)["content"]


def test_a_kept_version_comes_back_as_the_draft(andy: Modeler) -> None:
    key = andy.new("bpmn", "Restored")
    andy.send("POST", f"/{key}/versions", {"revision": 1, "name": "As agreed"}, 201)
    revision = andy.replace(key, 'name="Restored"', 'name="Spoilt"')
    restored = andy.send("POST", f"/{key}/restoration", {"revision": revision, "state": "v1"})
    assert 'name="Restored"' in restored["content"]
    assert [each["name"] for each in andy.send("GET", f"/{key}/versions")["kept"]] == ["As agreed"]


def test_a_version_is_kept_of_the_revision_that_the_person_sees(andy: Modeler) -> None:
    key = andy.new("bpmn", "Moved on")
    andy.replace(key, 'name="Moved on"', 'name="Elsewhere"')
    andy.send("POST", f"/{key}/versions", {"revision": 1, "name": "Too late"}, 409)
    assert andy.send("GET", f"/{key}/versions")["kept"] == []


def test_a_deleted_model_is_gone_with_its_versions(andy: Modeler) -> None:
    key = andy.new("bpmn", "Mistake")
    andy.send("POST", f"/{key}/versions", {"revision": 1, "name": "First"}, 201)
    assert andy.submit("/modeler", f"/modeler/{key}/deletion").status_code == 303
    assert (
        andy.send("GET", f"/{key}/draft", status=404)["detail"] == "There is no such model: it may have been deleted."
    )
    assert andy.page(f"/{key}").status_code == 404
    andy.save(key, 1, "<x/>", status=404)


# ---- The list -------------------------------------------------------------------------------------------------------


def test_models_are_found_by_name_and_id(andy: Modeler) -> None:
    andy.new("form", "Überweisung 100 %", id="bank_transfer")
    for wanted in ("überw", "BANK_tr", "100 %"):
        assert "Überweisung" in andy.page(f"?q={wanted}").text
    assert "Überweisung" not in andy.page("?q=100_%").text
    assert "Überweisung" not in andy.page("?q=überw&kind=bpmn").text


def test_what_a_name_says_is_text(andy: Modeler) -> None:
    name = "<script>alert(1)</script>"
    key = andy.new("bpmn", name)
    for page in ("", f"/{key}", f"/{key}/compare?old=draft"):
        text = andy.page(page).text
        assert name not in text
        assert "script&gt;" in text


def test_the_list_says_what_is_deployed_and_what_has_changed_since(andy: Modeler) -> None:
    key = andy.bring_sample("payment_saga/payment_saga.bpmn")
    andy.send("POST", f"/{key}/deployment", {"revision": 1})
    assert "Changed since" not in andy.page("?q=payment_saga").text
    andy.replace(key, "</bpmn:definitions>", "<!-- seen --></bpmn:definitions>")
    assert "Changed since" in andy.page("?q=payment_saga").text


# ---- Rights ---------------------------------------------------------------------------------------------------------


CHANGES = [
    ("POST", "/models", {"kind": "bpmn", "name": "x"}),
    ("POST", "/files?name=x.form", b"{}"),
    ("PUT", "/{key}/draft", {"revision": 1, "content": "{}"}),
    ("PATCH", "/{key}", {"name": "x"}),
    ("POST", "/{key}/versions", {"revision": 1, "name": "x"}),
    ("DELETE", "/{key}/versions/1", None),
    ("POST", "/{key}/restoration", {"revision": 1, "state": "draft"}),
    ("GET", "/{key}/deployment", None),
    ("POST", "/{key}/deployment", {"revision": 1}),
    ("POST", "/{key}/copy", None),
    ("POST", "/{key}/deletion", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_only_modelers_change_models(url: str, andy: Modeler, method: str, path: str, body: object) -> None:
    key = andy.new("form", "Protected")
    with signed_in(url, "olga") as olga:
        olga.send(method, path.format(key=key), body, status=403)
    assert andy.draft(key)["revision"] == 1


def test_an_operator_reads_models_without_a_way_to_change_them(url: str, andy: Modeler) -> None:
    key = andy.new("bpmn", "Looked at")
    with signed_in(url, "olga") as olga:
        text = olga.page(f"/{key}").text
        assert "Read-only" in text
        assert 'data-command="deploy"' not in text
        assert "New model" not in olga.page().text


def test_a_change_without_the_token_of_the_session_is_refused(andy: Modeler) -> None:
    key = andy.new("form", "Forged")
    answer = andy.client.put(f"/modeler/{key}/draft", json={"revision": 1, "content": "{}"})
    assert answer.status_code == 403


# ---- What is kept out -----------------------------------------------------------------------------------------------

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bomb.bpmn", BOMB, "Line 1: A document type declaration"),
        ("file.dmn", FILE, "Line 1: A document type declaration"),
        ("broken.bpmn", b"<definitions>", "Line 1: This is not well-formed XML"),
        ("picture.bpmn", SVG, "Expected a BPMN 2.0 document, but its root is 'svg'"),
        ("deep.bpmn", b"<a>" * 300 + b"</a>" * 300, "nested more than 200 deep"),
        ("list.form", b"[1]", "Expected a form: a JSON object"),
        ("text.form", b"hello", "This is not JSON"),
        ("deep.form", b'{"components":' + b"[" * 900 + b"]" * 900 + b"}", "nested more than 60 deep"),
        ("latin.form", '{"id": "é"}'.encode("latin-1"), "not encoded in UTF-8"),
        ("photo.png", b"\x89PNG", "'photo.png' is of no kind that can be edited"),
    ],
)
def test_a_file_that_is_no_model_is_refused_with_the_reason(
    andy: Modeler, name: str, content: bytes, reason: str
) -> None:
    assert reason in andy.bring(name, content, status=400)["detail"]


def test_a_draft_of_another_kind_is_not_saved(andy: Modeler) -> None:
    key = andy.new("bpmn", "Stays a process")
    assert "Line 1" in andy.save(key, 1, '{"id": "form"}', status=400)["detail"]
    assert andy.draft(key)["revision"] == 1


def test_what_is_too_large_is_refused(andy: Modeler) -> None:
    assert "larger than" in andy.bring("large.bpmn", b" " * 8_000_001, status=413)["detail"]
    key = andy.new("form", "Grows")
    large = '{"id": "' + "x" * 8_000_000 + '"}'
    assert "at most 8,000,000 can be kept" in andy.save(key, 1, large, status=400)["detail"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "two\nlines"])
def test_a_name_is_one_line_of_a_bounded_length(andy: Modeler, name: str) -> None:
    key = andy.new("form", "Named")
    assert "name has" in andy.send("PATCH", f"/{key}", {"name": name}, 400)["detail"].replace(
        "Expected a name", "name has"
    )


@pytest.mark.parametrize("key", ["0", "x", "-1", "9" * 30, "%00", "1e5"])
def test_an_address_without_a_model_is_not_found(andy: Modeler, key: str) -> None:
    assert andy.page(f"/{key}").status_code == 404


def test_a_file_keeps_its_characters_whatever_its_encoding(andy: Modeler) -> None:
    text = (SAMPLES / "payment_saga/payment_saga.bpmn").read_text().replace("UTF-8", "ISO-8859-1", 1)
    key = andy.bring("saga.bpmn", text.replace('name="', 'name="é', 1).encode("latin-1"))["key"]
    assert 'name="é' in andy.draft(key)["content"]


# ---- The engine's opinion and the deployment ------------------------------------------------------------------------


def test_the_check_names_element_line_and_mend(andy: Modeler) -> None:
    content = andy.draft(andy.bring_sample("food_order/food_order.bpmn"))["content"]
    broken = content.replace('type="food.charge-card"', 'type=""')
    (first, *_) = andy.send("POST", "/check", {"kind": "bpmn", "name": "Food", "content": broken})
    assert first["file"] == "Food.bpmn"
    assert first["elementId"] == "charge_card"
    assert first["line"] > 1
    assert "Must" in first["message"]


def test_what_the_check_cannot_read_is_a_problem_of_the_file(andy: Modeler) -> None:
    (problem,) = andy.send("POST", "/check", {"kind": "bpmn", "name": "x", "content": "<a"})
    assert "not well-formed" in problem["message"]


def test_forms_and_decisions_of_the_library_are_deployed_along(url: str, andy: Modeler) -> None:
    andy.submit("/modeler", "/modeler/new", sample=LOAN)
    (process,) = andy.send("GET", f"/declaring/bpmn?id={LOAN}")
    plan = andy.send("GET", f"/{process['key']}/deployment")
    assert sorted(each["name"] for each in plan["along"]) == ["Loan application", "Loan decision"]
    assert plan["processes"][0]["form"]["id"] == LOAN
    asked = {
        "revision": plan["revision"],
        "along": [each["key"] for each in plan["along"]],
        "start": {"variables": {"applicant": "Ada"}, "businessId": "L-1"},
    }
    outcome = andy.send("POST", f"/{process['key']}/deployment", asked)
    assert sorted(each["kind"] for each in outcome["deployments"]) == ["bpmn", "form", "form"]
    assert outcome["processInstanceKey"]
    with signed_in(url, "olga") as olga:
        found = olga.client.get(f"/v2/process-instances/{outcome['processInstanceKey']}").json()
    assert (found["businessId"], found["state"]) == ("L-1", "ACTIVE")


def test_a_called_process_comes_along_with_what_it_refers_to_itself(andy: Modeler) -> None:
    andy.submit("/modeler", "/modeler/new", sample="insurance_claim")
    (process,) = andy.send("GET", "/declaring/bpmn?id=insurance_claim")
    plan = andy.send("GET", f"/{process['key']}/deployment")
    assert {each["name"] for each in plan["along"]} == {"Claim assessment", "Claim investigation", "Damage inspection"}
    assert plan["missing"] == []


def test_what_is_neither_in_the_library_nor_deployed_is_told(andy: Modeler) -> None:
    key = andy.bring("rule.bpmn", (FIXTURES / "business_rule_task_decision.bpmn").read_bytes())["key"]
    plan = andy.send("GET", f"/{key}/deployment")
    assert plan["missing"] == [{"kind": "dmn", "id": "discount", "elementId": "decide"}]


def test_a_draft_that_the_engine_refuses_is_not_deployed(andy: Modeler) -> None:
    key = andy.bring("rule.bpmn", (FIXTURES / "business_rule_task_decision.bpmn").read_bytes())["key"]
    revision = andy.replace(key, 'isExecutable="true"', 'isExecutable="false"')
    told = andy.send("POST", f"/{key}/deployment", {"revision": revision}, 400)
    assert "no executable process" in told["problems"][0]["message"]


def test_what_has_changed_since_the_person_looked_is_not_deployed(andy: Modeler) -> None:
    key = andy.new("form", "Late change")
    andy.replace(key, "[]", '[{"type": "text", "text": "new"}]')
    andy.send("POST", f"/{key}/deployment", {"revision": 1}, 409)
    assert andy.send("GET", f"/{key}/versions")["deployed"] == []


# ---- From what is deployed ------------------------------------------------------------------------------------------


def test_a_deployed_process_is_opened_as_the_model_it_came_from_or_made_one(pages: str, api: Api) -> None:
    (deployed,) = api.deploy("business_rule_task_decision.bpmn")
    definition = deployed["processDefinition"]["processDefinitionKey"]
    with Modeler(pages) as demo:
        assert "deployed from elsewhere" in demo.page(f"/import?definition={definition}").text
        made = demo.submit("/modeler", "/modeler/import", definition=definition).headers["location"]
        assert demo.page(f"/import?definition={definition}").headers["location"] == made
        compared = demo.page(f"{made.removeprefix('/modeler')}/compare")
        assert "Deployed version 1 of" in compared.text


def test_a_definition_that_is_not_there_is_not_found(andy: Modeler) -> None:
    assert andy.page("/import?definition=12").status_code == 404
