"""The Camunda 8 REST API v2: one module per resource.

Theory of operation
-------------------
A request comes from the HTTP server as bare ASGI. `Router` finds its `Operation` by the segments of the path; the
operation reads the body into a struct (an unknown property, a wrong type, a number out of range end here), and hands
a `Call` to the handler, which builds a command for the runtime or a search for the reader. The handler's result is
encoded as it is. Whatever is raised on the way becomes a problem document in one place, `problems.problem_of`.

Types are structs with the names of the interface; unlike answers, requests refuse what they do not know. JSON that
nobody here needs to look into (variables of jobs, results, headers) passes through as text.

    operation.py   Operation, Operations (the decorator), Router, Call
    reading.py     bodies: limits, decoding, and errors that a person can read
    multipart.py   forms with files
    problems.py    errors as problem documents
    access.py      who may call which operation
    wire.py        shared types
    searching.py   searches and look-ups, declared per entity
    openapi.py     the operations as an OpenAPI document
    server.py      what handlers work with
    the rest       one module per resource
"""

from api.rest import (
    batch_operations,
    changes,
    cluster,
    conditionals,
    decisions,
    deployments,
    element_instances,
    expressions,
    forms,
    groups,
    incidents,
    jobs,
    messages,
    process_definitions,
    process_instances,
    roles,
    signals,
    user_tasks,
    users,
    variables,
)
from api.rest.operation import Router

BASE_PATH = "/v2"

_MODULES = (
    cluster,
    deployments,
    process_definitions,
    process_instances,
    changes,
    batch_operations,
    element_instances,
    variables,
    jobs,
    user_tasks,
    forms,
    messages,
    signals,
    conditionals,
    incidents,
    decisions,
    expressions,
    users,
    groups,
    roles,
)


def build_router() -> Router:
    """All operations."""
    return Router(operation for module in _MODULES for operation in module.operations.all)
