"""Script task: a FEEL expression whose result becomes a variable, or a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import Source, element
from engine.elements.tasks import JobTask
from engine.machine.values import to_text

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("scriptTask")
class ScriptTask(JobTask):
    """Evaluates its expression; without one, a worker runs it."""

    type = "SCRIPT_TASK"

    def __init__(self, source: Source) -> None:
        script = source.extension("script")
        if script is None:
            super().__init__(source)
            self.expression = None
            return
        self.job = None
        self.expression = source.feel(script.get("expression"), "the script")
        if not (script.get("expression") or "").strip():
            source.problem("Must have an expression: write the script.")
        self.result = script.get("resultVariable") or ""
        if not self.result:
            source.problem("Must have a result variable: name the variable that takes the script's result.")

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        if self.expression is None:
            return super().prepare(m, e)
        return to_text(m.evaluate(self.expression, e))

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if self.expression is None:
            super().activate(m, e, prepared)
            return
        if e.node.outputs:
            m.set_local(e, self.result, prepared)
        else:
            m.merge(e, {self.result: prepared})
        m.complete(e)
