"""User task: work for a person, or (without `zeebe:userTask`) a job for whoever shows tasks to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.reading import read_binding, read_headers
from engine.elements.registry import Source, element
from engine.elements.tasks import Activity
from engine.machine import events as ev
from engine.machine import people
from engine.machine.graph import JobDefinition
from engine.machine.jobs import create_job, plan_job
from engine.machine.lifecycle import IncidentType
from engine.machine.names import is_too_long, too_long
from engine.machine.values import Stuck, encode_json, utc_text
from engine.triggers.schedule import ScheduleError, parse_date

if TYPE_CHECKING:
    from engine.elements.base import Behavior
    from engine.machine.graph import Evaluable
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

#: The type of the jobs that stand for user tasks of the older kind.
JOB_TYPE = "io.camunda.zeebe:userTask"


@element("userTask")
class UserTaskElement(Activity):
    """Work for a person: completes when the person has done it."""

    type = "USER_TASK"

    def __init__(self, source: Source) -> None:
        self.native = source.extension("userTask") is not None
        self.headers = read_headers(source)
        self._read_people(source)
        self._read_dates(source)
        form = source.extension("formDefinition")
        self.form_id = source.expression(form.get("formId"), "the form id") if form else None
        self.form_binding, self.form_version_tag = read_binding(source, form)
        reference = form.get("externalReference") or form.get("formKey") if form else None
        self.external_form = source.expression(reference, "the external form reference")

    def _read_people(self, source: Source) -> None:
        people = source.extension("assignmentDefinition")

        def read(name: str) -> Any:
            return source.expression(people.get(name), name) if people else None

        self.assignee, self.groups, self.users = read("assignee"), read("candidateGroups"), read("candidateUsers")

    def _read_dates(self, source: Source) -> None:
        dates = source.extension("taskSchedule")
        priority = source.extension("priorityDefinition")
        self.due_date = source.expression(dates.get("dueDate"), "the due date") if dates else None
        self.follow_up_date = source.expression(dates.get("followUpDate"), "the follow-up date") if dates else None
        self.priority = source.expression(priority.get("priority"), "the priority") if priority else "50"

    # ---- Evaluation -------------------------------------------------------------------------------------------------

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        if not self.native:
            return plan_job(m, e, JobDefinition(JOB_TYPE, "1", self._job_headers(m, e)))
        return ev.UserTaskCreating(
            m.new_key(),
            e.key,
            self._text(m, e, self.assignee, "assignee"),
            self._groups(m, e),
            self._names(m, e, self.users, "candidate users"),
            self._date(m, e, self.due_date, "due date"),
            self._date(m, e, self.follow_up_date, "follow-up date"),
            self._priority(m, e),
            self._form_key(m, e),
            self._text(m, e, self.external_form, "external form reference"),
            encode_json(self.headers).decode(),
        )

    def _text(self, m: Work, e: ElementInstance, source: Evaluable | str | None, what: str) -> str | None:
        if source is None:
            return None
        value = m.evaluate(source, e)
        if value is not None and not isinstance(value, str):
            raise _wrong(e, what, "a string", value)
        _check_length(e, what, value or "")
        return value or None

    def _groups(self, m: Work, e: ElementInstance) -> list[str]:
        """The candidate groups; a task that names nobody at all is offered to the lane it is drawn in."""
        if self.groups is None and self.users is None and self.assignee is None and e.node.lane:
            return [e.node.lane]
        return self._names(m, e, self.groups, "candidate groups")

    def _names(self, m: Work, e: ElementInstance, source: Evaluable | str | None, what: str) -> list[str]:
        """A list of names: of an expression its list, of a static text its parts between commas."""
        if source is None:
            return []
        value = m.evaluate(source, e)
        if isinstance(source, str):
            value = [name.strip() for name in source.split(",") if name.strip()]
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise _wrong(e, what, "a list of strings", value)
        for name in value:
            _check_length(e, what, name)
        return value

    def _date(self, m: Work, e: ElementInstance, source: Evaluable | str | None, what: str) -> str | None:
        text = self._text(m, e, source, what)
        if text is None:
            return None
        try:
            return utc_text(parse_date(text).first_due(m.now))
        except ScheduleError as error:
            raise _wrong(e, what, "an ISO 8601 date and time", text) from error

    def _priority(self, m: Work, e: ElementInstance) -> int:
        value = m.evaluate(self.priority or "50", e)
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = -1
        if not 0 <= number <= 100:
            raise _wrong(e, "priority", "a number from 0 to 100", value)
        return number

    def _form_key(self, m: Work, e: ElementInstance) -> int | None:
        form_id = self._text(m, e, self.form_id, "form id")
        if form_id is None:
            return None
        key = m.catalog.form_key(form_id, self.form_binding, self.form_version_tag, m.graph)
        if key is None:
            reason = f"Expected to find a form with the id '{form_id}', but no such form is deployed."
            raise Stuck(IncidentType.FORM_NOT_FOUND, reason)
        return key

    def _job_headers(self, m: Work, e: ElementInstance) -> dict[str, str]:
        """What a task list that works on jobs finds in the headers of an older user task."""
        values = {
            "assignee": self._text(m, e, self.assignee, "assignee"),
            "candidateGroups": encode_json(self._groups(m, e)).decode(),
            "candidateUsers": encode_json(self._names(m, e, self.users, "candidate users")).decode(),
            "dueDate": self._date(m, e, self.due_date, "due date"),
            "followUpDate": self._date(m, e, self.follow_up_date, "follow-up date"),
            "formKey": self._text(m, e, self.external_form, "form key"),
        }
        set_values = {name: value for name, value in values.items() if value not in (None, "[]")}
        return self.headers | {f"io.camunda.zeebe:{name}": str(value) for name, value in set_values.items()}

    def migrates_to(self, other: Behavior) -> bool:
        return isinstance(other, UserTaskElement) and self.native == other.native

    # ---- Life -------------------------------------------------------------------------------------------------------

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if not self.native:
            create_job(m, e, prepared)
            return
        m.emit(prepared)
        people.created(m, people.task_of(e))

    def retry(self, m: Work, e: ElementInstance) -> None:
        """A step of the task was stuck (a listener that could not be evaluated): take it again."""
        people.again(m, people.task_of(e))


def _check_length(e: ElementInstance, what: str, name: str) -> None:
    if is_too_long(name):
        raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, too_long(f"the {what} of '{e.node.id}'", name))


def _wrong(e: ElementInstance, what: str, expected: str, value: object) -> Stuck:
    shown = "null" if value is None else repr(value)
    reason = f"Expected the {what} of '{e.node.id}' to be {expected}, but was {shown}."
    return Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)
