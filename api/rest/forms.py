"""Forms, by their key."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.problems import Problem, not_found
from api.rest.wire import Result
from engine.store.search import figures

operations = Operations("Form")


class FormResult(Result):
    """A form; `schema` is its JSON as text."""

    tenant_id: str
    form_id: str
    schema: str
    version: int
    form_key: str


def form_result(content: figures.Content | None) -> FormResult:
    """A deployed file as a form; Problem 404 where it is none."""
    if content is None or content.kind != "form":
        raise Problem(404, "NOT_FOUND", "The form is not deployed any more.")
    return FormResult(
        content.tenant,
        content.id,
        content.content.decode("utf-8", "replace"),
        content.version,
        str(content.key),
    )


@operations("GET", "/forms/{formKey}", "getFormByKey", result=FormResult, errors=(404,))
async def get_form(call: Call) -> FormResult:
    """A form as it was deployed; the key is that of one version."""
    key = call.key("formKey")
    content = await figures.content(call.server.reader, key)
    if content is None or content.kind != "form":
        raise not_found("form", key)
    return form_result(content)
