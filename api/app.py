"""The application: the REST API and whatever pages stand beside it, as one ASGI application.

FastAPI serves the pages, the OpenAPI document and its viewer. Requests of the REST API go to their operations before
FastAPI's middleware and routing, whose cost an engine of thousands of commands a second would feel.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

import engine
from api.docs import add_docs
from api.rest import BASE_PATH, build_router
from api.rest.openapi import add_operations
from api.rest.server import Limits, Server
from engine.identity.demo import add_demo_people
from engine.identity.people import People
from engine.runtime.changes import PEOPLE
from engine.runtime.runtime import Options, Runtime
from engine.store.search import Reader
from web.admission import Access, Admission
from web.app import add_pages, forget_with_instances

__all__ = ["Access", "Application", "Limits", "create_app"]

#: FastAPI reports requests and failures to whatever collector its environment names. Nobody is told what is done here,
#: however the environment of the server came to be.
_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}


class Application(FastAPI):
    """A FastAPI application with the REST API in front. `server` is there while the lifespan is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rest = build_router()
        self.server: Server | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(BASE_PATH + "/") and self.server is not None:
            await self.rest(self.server, scope["path"][len(BASE_PATH) :], scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The pages' and the API's operations, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = add_operations(super().openapi(), self.rest, BASE_PATH)
        return self.openapi_schema


def create_app(
    database: str | Runtime,
    limits: Limits | None = None,
    access: Access | None = None,
    options: Options | None = None,
) -> Application:
    """The application over a database (a URL, whose schema is up to date) or a runtime that is open already.

    With a URL, the application opens a runtime, with these options, when it starts and closes it when it stops.
    Everybody has to sign in unless `access` says otherwise; it must not where requests can come from other machines.
    """
    access = access or Access()

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            runtime = database if isinstance(database, Runtime) else Runtime.open(database, options)
            forget_with_instances(runtime.retention)
            if runtime is not database:
                await stack.enter_async_context(runtime)
            reader = await stack.enter_async_context(Reader(runtime.database.url))
            tell = partial(runtime.changes.publish, PEOPLE)
            people = await stack.enter_async_context(People(runtime.database.url, changed=tell))
            if access.demo:
                await add_demo_people(people.directory)
            app.server = Server(runtime, reader, limits or Limits(), Admission(people, access))
            try:
                yield
            finally:
                app.server = None

    app = Application(
        title="Pointsman",
        summary="A BPMN process engine that speaks the Camunda 8 REST API v2",
        version=engine.__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    add_docs(app)
    add_pages(app)
    return app
