"""All routes of the task list."""

from __future__ import annotations

from fastapi import APIRouter

from web.tasks import actions, routes, starting

router = APIRouter()
router.include_router(routes.router)
router.include_router(actions.router)
router.include_router(starting.router)
