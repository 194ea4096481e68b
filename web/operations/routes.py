"""All pages of operations but those of one instance, for operators."""

from __future__ import annotations

from fastapi import APIRouter

from engine.identity.identity import Role
from web.operations import (
    batches,
    dashboard,
    decisions,
    definitions,
    incidents,
    instances,
    jobs,
    messages,
    previews,
)
from web.security import require

router = APIRouter(dependencies=[require(Role.OPERATOR)], include_in_schema=False)

for _part in (dashboard, definitions, instances, incidents, jobs, decisions, messages, batches, previews):
    router.include_router(_part.router, prefix="/operations")
