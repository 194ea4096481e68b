"""Input and output mappings: what goes into an element, and what of its work goes on."""

from __future__ import annotations

from engine.machine.state import Incident
from tests.models import flows, job, mappings, model, tags
from tests.story import Story, play


def mapped(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None, **variables: object) -> Story:
    """A process of one service task `work` with these mappings."""
    elements = tags("startEvent", "start") + job("work", mappings(inputs, outputs)) + tags("endEvent", "end")
    return play(model(elements, "start -> work -> end"), **variables)


# ---- In --------------------------------------------------------------------------------------------------------------


def test_input_is_local_and_hides_the_variable_of_the_scope() -> None:
    story = mapped({"amount": "amount + 1"}, amount=1)
    assert story.locals("work") == {"amount": 2}
    assert story.variables == {"amount": 1}


def test_later_input_sees_the_earlier_ones() -> None:
    story = mapped({"a": "1", "b": "a + 1", "c": "a + b"}, a=100)
    assert story.locals("work") == {"a": 1, "b": 2, "c": 3}


def test_nested_inputs_make_one_object() -> None:
    story = mapped({"card.number": "no", "card.owner.name": '"ada"'}, no="17")
    assert story.locals("work") == {"card": {"number": "17", "owner": {"name": "ada"}}}


def test_nested_input_merges_into_a_copy_of_what_the_scope_has() -> None:
    story = mapped({"order.total": "12"}, order={"id": "o-1", "total": 0})
    assert story.locals("work") == {"order": {"id": "o-1", "total": 12}}
    assert story.variables == {"order": {"id": "o-1", "total": 0}}


def test_missing_variable_maps_to_null() -> None:
    assert mapped({"x": "nobody.knows"}).locals("work") == {"x": None}


def test_mapping_without_an_equals_sign_is_a_text() -> None:
    extension = '<zeebe:ioMapping><zeebe:input source="a + 1" target="x"/></zeebe:ioMapping>'
    story = play(model(tags("startEvent", "start") + job("work", extension), "start -> work"), a=1)
    assert story.locals("work") == {"x": "a + 1"}


def test_failing_input_is_an_incident_until_the_variable_is_there() -> None:
    story = play("io_mapping_fails.bpmn")
    (incident,) = story.waits(Incident)
    assert incident.type.name == "IO_MAPPING_ERROR"
    assert story.locals("charge") == {}

    story.set_variables(amount=3)
    story.resolve()
    assert story.locals("charge") == {"amount": 3}
    assert story.jobs == ["charge"]


def test_of_several_inputs_none_is_written_where_one_fails() -> None:
    story = mapped({"a": "1", "b": "assert(x, x != null)"})
    assert story.incidents == [("work", "IO_MAPPING_ERROR")]
    assert story.locals("work") == {}


def test_resolution_maps_in_anew() -> None:
    task = job("work", mappings({"kind": "wanted"})).replace('type="work"', 'type="=kind"')
    story = play(model(tags("startEvent", "start") + task, "start -> work"))
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    story.set_variables(wanted="pack")
    story.resolve()
    assert story.job().type == "pack"


# ---- Out -------------------------------------------------------------------------------------------------------------


def test_mappings_in_and_out() -> None:
    order = {"total": 12, "customer": {"card": "c-1"}}
    story = play("io_mapping.bpmn", order=order)
    assert story.locals("charge") == {"amount": 12, "card": {"number": "c-1"}}

    story.complete(receipt="r-1", noise=1)
    assert story.variables == {"order": {**order, "receipt": "r-1"}, "charged": 12}


def test_without_output_mappings_everything_goes_on() -> None:
    story = mapped(x=0)
    story.complete(x=1, y=2)
    assert story.variables == {"x": 1, "y": 2}


def test_without_output_mappings_a_local_of_the_name_keeps_the_value() -> None:
    story = mapped({"x": "1"}, x=0)
    story.complete(x=2, y=3)
    assert story.variables == {"x": 0, "y": 3}


def test_with_output_mappings_nothing_else_goes_on() -> None:
    story = mapped(outputs={"total": "amount * 2"}, amount=1)
    story.complete(amount=10, noise=1)
    assert story.variables == {"amount": 1, "total": 20}


def test_output_goes_to_the_nearest_scope_above_that_has_it() -> None:
    work = job("work", mappings(outputs={"a": "1", "b": "2"}))
    inner = f"<extensionElements>{mappings(inputs={'a': '0'})}</extensionElements>" + tags("startEvent", "go") + work
    sub = f'<subProcess id="sub">{inner}{job("hold")}{flows("go -> work -> hold")}</subProcess>'
    story = play(model(tags("startEvent", "start") + sub, "start -> sub"))
    story.complete("work")
    assert story.locals("sub") == {"a": 1}
    assert story.variables == {"b": 2}


def test_output_begins_above_the_element_itself() -> None:
    story = mapped({"x": "1"}, {"x": "x + 1"}, x=10)
    story.complete()
    assert story.variables == {"x": 2}


def test_later_output_sees_the_earlier_ones() -> None:
    story = mapped(outputs={"a": "1", "b": "a + 1"})
    story.complete()
    assert story.variables == {"a": 1, "b": 2}


def test_nested_outputs_merge_into_what_is_there() -> None:
    story = mapped(outputs={"order.receipt.id": "id", "order.receipt.total": "12"}, order={"id": "o-1"})
    story.complete(id="r-1")
    assert story.variables == {"order": {"id": "o-1", "receipt": {"id": "r-1", "total": 12}}}


def test_nested_output_replaces_what_is_no_object() -> None:
    story = mapped(outputs={"order.id": "1"}, order="none")
    story.complete()
    assert story.variables == {"order": {"id": 1}}


def test_failing_output_is_an_incident_and_nothing_has_gone_on() -> None:
    story = mapped(outputs={"a": "1", "total": "assert(amount, amount != null)"})
    story.complete(receipt="r-1")
    assert story.incidents == [("work", "IO_MAPPING_ERROR")]
    assert story.variables == {}
    assert story.locals("work") == {"receipt": "r-1"}

    story.set_variables("work", local=True, amount=12)
    story.resolve()
    assert story.variables == {"a": 1, "total": 12}
    assert story.state == "COMPLETED"


def test_result_without_a_json_form_is_an_incident() -> None:
    story = mapped({"x": "function(a) a"})
    assert story.incidents == [("work", "IO_MAPPING_ERROR")]


def test_events_and_gateways_have_mappings() -> None:
    def with_mappings(tag: str, id: str, **kinds: dict[str, str]) -> str:
        return f'<{tag} id="{id}"><extensionElements>{mappings(**kinds)}</extensionElements></{tag}>'

    elements = (
        with_mappings("startEvent", "start", outputs={"a": "1"})
        + with_mappings("intermediateThrowEvent", "middle", inputs={"x": "a + 1"}, outputs={"b": "x"})
        + with_mappings("endEvent", "end", outputs={"c": "a + b"})
    )
    story = play(model(elements, "start -> middle -> end"))
    assert story.variables == {"a": 1, "b": 2, "c": 3}
