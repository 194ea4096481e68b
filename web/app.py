"""The pages, put onto the application."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from engine.runtime.background.retention import Retention
from web import live, people
from web.models import routes as models
from web.operations import routes as operations
from web.operations.instance import routes as instance
from web.pages import AREAS, BUILT, FOLDER, STATIC_PATH
from web.play import routes as play
from web.play import scenarios
from web.refusals import add_refusals
from web.security import add_security
from web.tasks import pages as tasks
from web.tasks.notes import FORGET


class _Kept(StaticFiles):
    """Files whose names carry a hash of their content: a browser need never ask for them again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def forget_with_instances(retention: Retention) -> None:
    """What the pages keep of process instances and their tasks goes with them; before the runtime starts."""
    retention.join(*FORGET)


def add_pages(app: FastAPI) -> None:
    """Serve the pages, and lead from the root to the first that its visitor may see."""
    add_security(app)
    add_refusals(app)
    app.mount(f"{STATIC_PATH}/built", _Kept(directory=BUILT, check_dir=False), name="built")
    app.mount(STATIC_PATH, StaticFiles(directory=FOLDER / "static"), name="static")
    app.include_router(live.router)
    app.include_router(people.router)
    app.include_router(models.router)
    app.include_router(tasks.router)
    app.include_router(operations.router)
    app.include_router(instance.router)
    app.include_router(play.router)
    app.include_router(scenarios.router)

    @app.get("/", include_in_schema=False)
    async def root(request: Request) -> RedirectResponse:
        first = next((area.path for area in AREAS if request.state.identity.may(area.role)), "/profile")
        return RedirectResponse(first, 303)
