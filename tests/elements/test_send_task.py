"""Send task: a job, or a message that is published by its name and key."""

from __future__ import annotations

from tests.models import mappings, model, tags
from tests.story import Story, deploy, play

MESSAGE = (
    '<message id="bill" name="bill"><extensionElements><zeebe:subscription correlationKey="=orderId"/>'
    "</extensionElements></message>"
)


def sent(extensions: str = "", **variables: object) -> Story:
    """A process that sends `bill`, beside one that such a message starts."""
    task = f'<sendTask id="send" messageRef="bill"><extensionElements>{extensions}</extensionElements></sendTask>'
    receive = '<receiveTask id="receive" messageRef="bill" instantiate="true"/>'
    story = deploy(
        model(tags("startEvent", "start") + task, "start -> send", id="seller", roots=MESSAGE),
        model(receive, id="buyer", roots=MESSAGE),
    )
    story.start("seller", variables)
    return story


def test_send_task_is_a_job() -> None:
    story = play("send_task.bpmn")
    assert story.job("send_invoice").type == "send_invoice"

    story.complete(sent=True)
    assert story.variables == {"sent": True}
    assert story.state == "COMPLETED"


def test_without_a_job_the_message_reaches_who_waits_for_it() -> None:
    story = play("pools.bpmn", orderId="A7")

    assert story.path_of("pools") == ["start", "order", "delivery"]
    assert story.jobs == ["pack"]


def test_the_message_takes_all_that_the_task_sees() -> None:
    story = sent(orderId="A7", amount=12)
    (buyer,) = story.instances("buyer")

    assert story.variables_of(buyer) == {"orderId": "A7", "amount": 12}


def test_of_a_task_with_input_mappings_the_message_takes_what_is_mapped() -> None:
    story = sent(mappings(inputs={"sum": "amount"}), orderId="A7", amount=12)
    (buyer,) = story.instances("buyer")

    assert story.variables_of(buyer) == {"sum": 12}


def test_a_key_that_is_missing_is_an_incident_until_it_is_there() -> None:
    story = sent(amount=12)
    assert story.incidents == [("send", "EXTRACT_VALUE_ERROR")]
    assert story.instances("buyer") == []

    story.set_variables(orderId="A7")
    story.resolve()

    assert story.state == "COMPLETED"
    assert len(story.instances("buyer")) == 1
