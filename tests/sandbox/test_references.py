"""What a draft refers to is known before it runs."""

from engine.bpmn import compile_model
from engine.sandbox.references import Reference, references_of
from tests.sandbox.playing import source


def references(path: str) -> set[Reference]:
    return references_of(compile_model(source(path).content).processes)


def test_called_processes_decisions_and_forms() -> None:
    assert references("call_activity.bpmn") == {Reference("process", "call_activity_child")}
    assert references("business_rule_task_decision.bpmn") == {Reference("decision", "discount")}
    assert Reference("form", "loan_decision") in references("loan_application/loan_application.bpmn")


def test_files_that_jobs_are_linked_with() -> None:
    assert {each.kind for each in references("linked_resources.bpmn")} == {"file"}
