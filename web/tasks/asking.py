"""What every route of the task list knows of a request: who asks, for which list, and what to read and act with."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from fastapi import Request

from engine.identity.identity import Identity
from engine.runtime.runtime import Runtime
from engine.store.search import Reader
from web.refusals import InvalidInput
from web.tasks.filters import TaskFilter, read_filter
from web.tasks.notes import Notes
from web.tasks.reading import task_of
from web.tasks.rights import Permissions

T = TypeVar("T")

LARGEST_BODY = 4 * 1024 * 1024  # bytes of a JSON body


class Asking:
    """One request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.identity: Identity = request.state.identity
        self.runtime: Runtime = request.app.server.runtime
        self.reader: Reader = request.app.server.reader
        self.notes = Notes(self.runtime, self.identity.username)

    @property
    def filter(self) -> TaskFilter:
        """The list of the address."""
        return read_filter(self.request.query_params)

    @property
    def is_partial(self) -> bool:
        """Whether only a part of the page is to be replaced."""
        return self.request.headers.get("hx-request-type") == "partial"

    async def task(self, key: int) -> tuple[Any, Permissions]:
        """A task, and what may be done with it; raises NotThere where this person sees none."""
        task = await task_of(self.reader, self.identity, key)
        return task, Permissions(self.identity, task)

    async def body(self, type: type[T]) -> T:
        """The JSON of the request; raises InvalidInput where it is something else."""
        content = bytearray()
        async for chunk in self.request.stream():
            content += chunk
            if len(content) > LARGEST_BODY:
                raise InvalidInput(f"A request has at most {LARGEST_BODY // 1024**2} MB.")
        try:
            return msgspec.json.decode(content, type=type)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInput(f"The request cannot be read: {error}.") from error
