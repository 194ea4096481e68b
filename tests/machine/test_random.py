"""Random block-structured processes: they always complete, leave nothing behind, and go where SpiffWorkflow goes.

SpiffWorkflow is an independent engine in Python. It runs the very same file, so far as the file has only elements
that both know; after each step the same tasks must be open in both.
"""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser

from engine.machine.commands import CompleteJob
from engine.machine.state import Job, Timer
from tests.blocks import OWN, SHARED, Block, Writer
from tests.story import Story, play

# ---- They complete ---------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(OWN, st.randoms(use_true_random=False))
def test_process_completes_and_leaves_nothing_behind(block: Block, random: Any) -> None:
    writer = Writer()
    xml = writer.process(block)
    story = play(xml, **writer.variables)
    while story.state == "ACTIVE":
        assert story.incidents == []
        jobs = story.waits(Job)
        if story.waits(Timer) and (not jobs or random.random() < 0.1):
            story.forward("PT1H")
            continue
        assert jobs, f"nothing is left to do, but {story.active} and {story.instance.root.tokens} are left"
        story.do(CompleteJob(job_key=random.choice(jobs).key))
    assert story.state == "COMPLETED"
    assert (story.active, story.instance.waits, story.instance.root.tokens) == ([], {}, {})


# ---- Another engine --------------------------------------------------------------------------------------------------


class Spiff:
    """The same process in SpiffWorkflow."""

    def __init__(self, xml: bytes, variables: dict[str, Any]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(xml)))
        self.workflow = BpmnWorkflow(parser.get_spec("process"), parser.get_subprocess_specs("process"))
        self.workflow.task_tree.data.update(variables)
        self.workflow.do_engine_steps()

    def _ready(self) -> list[Any]:
        return self.workflow.get_tasks(state=TaskState.READY, manual=True)

    @property
    def open(self) -> list[str]:
        return sorted(task.task_spec.bpmn_id for task in self._ready())

    def complete(self, id: str) -> None:
        next(task for task in self._ready() if task.task_spec.bpmn_id == id).run()
        self.workflow.do_engine_steps()


@settings(max_examples=50)
@given(SHARED, st.randoms(use_true_random=False))
def test_process_goes_where_another_engine_goes(block: Block, random: Any) -> None:
    writer = Writer()
    xml = writer.process(block)
    story: Story = play(xml, **writer.variables)
    other = Spiff(xml, writer.variables)
    while story.state == "ACTIVE":
        assert sorted(story.jobs) == other.open
        chosen = random.choice(other.open)
        story.complete(chosen)
        other.complete(chosen)
    assert other.open == []
    assert other.workflow.is_completed()
