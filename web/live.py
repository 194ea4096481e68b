"""What changes elsewhere, told to open pages as Server-Sent Events: GET /events?topics=tasks,instance:42

An event is named by its topic and only says "look again" (engine.runtime.changes has where it comes from, across all
server processes). Each topic is told once when the stream begins, also after it was lost, since something may have
happened meanwhile; then whenever it has changed, collected for a moment. Comments keep the connection alive.

    tasks          any user task                 users
    instances      any process instance          operators
    instance:KEY   one process instance          operators, modelers
    models         the library of models         modelers

The stream ends with the session, with the browser, and when the server stops; and when whoever listens may no longer:
the role was taken from them or from a group of theirs, they left the group, the account was switched off or removed, or
its password changed. What is changed through a server is noticed at once, whatever else at the next `HEARTBEAT`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engine.identity.identity import Identity, Role
from engine.runtime.changes import INSTANCES, PEOPLE, TASKS, Changes, Watch, instance_of

router = APIRouter()

MODELS = "models"

HEARTBEAT = 15.0  # seconds without an event after which a comment is sent; so often it is looked at who listens
PAUSE = 0.25  # seconds between events; what changes meanwhile is told together
LONG_PAUSE = 1.0  # the same where somebody watches all instances, of which some always changes
MOST_TOPICS = 50  # of one stream
MOST_STREAMS = 1000  # of one server process
MOST_OF_ONE = 24  # streams of one person in one server process

_ROLES: Mapping[str, tuple[Role, ...]] = {
    TASKS: (Role.USER, Role.OPERATOR),
    INSTANCES: (Role.OPERATOR,),
    MODELS: (Role.MODELER,),
}
_INSTANCE_ROLES = (Role.OPERATOR, Role.MODELER)

_HEADERS = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"))

_streams: Counter[str] = Counter()  # open in this process, by person


def session_topic(id: str) -> str:
    """What whoever ends a session publishes, so that its streams end at once."""
    return f"session:{id}"


@router.get("/events", include_in_schema=False)
async def events(request: Request, topics: str) -> Response:
    """A stream of events for whoever is signed in; 403 for a topic that is not theirs."""
    wanted = frozenset(topic for topic in topics.split(",") if topic)
    if not wanted or len(wanted) > MOST_TOPICS:
        raise HTTPException(400, f"'topics' must name 1 to {MOST_TOPICS} topics, but names {len(wanted)}.")
    for topic in wanted:
        _check_allowed(request, topic)
    person = request.state.identity.username
    if _streams.total() >= MOST_STREAMS or _streams[person] >= MOST_OF_ONE:
        raise HTTPException(
            503, "Too many pages listen for changes; close some of them.", headers={"Retry-After": "60"}
        )
    return _stream(request, wanted)


def _check_allowed(request: Request, topic: str) -> None:
    roles = _roles_for(topic)
    if not roles:
        known = ", ".join(_ROLES)
        raise HTTPException(400, f"A topic is one of {known} or instance:KEY, but one is '{topic[:60]}'.")
    if not _may_hear(request.state.identity, topic):
        raise HTTPException(403, f"The topic '{topic}' needs the role {' or '.join(roles)}.")


def _roles_for(topic: str) -> tuple[Role, ...]:
    """One of these is needed; none where there is no such topic."""
    return _ROLES.get(topic, () if instance_of(topic) is None else _INSTANCE_ROLES)


def _may_hear(identity: Identity, topic: str) -> bool:
    return any(identity.may(role) for role in _roles_for(topic))


def _stream(request: Request, topics: frozenset[str]) -> EventStream:
    person = request.state.identity.username
    session = getattr(request.state, "session", None)
    own = frozenset([PEOPLE]) if session is None else frozenset([PEOPLE, session_topic(session.id)])

    async def is_open() -> bool:
        identity = await request.state.identity_now()
        return identity.username == person and all(_may_hear(identity, topic) for topic in topics)

    _streams[person] += 1
    return EventStream(request.app.server.runtime.changes, topics, own, is_open, lambda: _gone(person))


def _gone(person: str) -> None:
    _streams[person] -= 1
    if not _streams[person]:
        del _streams[person]


class EventStream(Response):
    """An answer that goes on until somebody ends it.

    A change of `own` topics is not told; then, and every `HEARTBEAT` however much there is to tell, `is_open` is asked
    whether to go on.
    `ended` is called at the end, however it came.
    """

    def __init__(
        self,
        changes: Changes,
        topics: frozenset[str],
        own: frozenset[str],
        is_open: Callable[[], Awaitable[bool]],
        ended: Callable[[], None],
    ) -> None:
        super().__init__()
        self._changes = changes
        self._topics = topics
        self._own = own
        self._is_open = is_open
        self._ended = ended
        self._pause = LONG_PAUSE if INSTANCES in topics else PAUSE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._changes.watch(self._topics | self._own) as watch:
                leaving = asyncio.create_task(_left(receive, watch))
                try:
                    await self._send_all(watch, send)
                finally:
                    leaving.cancel()
        finally:
            self._ended()

    async def _send_all(self, watch: Watch, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        looked_at = time.monotonic()
        while (changed := await watch.next(HEARTBEAT)) is not None:
            if not changed or changed & self._own or time.monotonic() - looked_at >= HEARTBEAT:
                if not await self._is_open():
                    break
                looked_at = time.monotonic()
            told = sorted(changed - self._own)
            text = "".join(f"event: {topic}\ndata: \n\n" for topic in told) or ": still here\n\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await watch.pause(self._pause)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive, watch: Watch) -> None:
    """Close the watch when the browser goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    watch.close()
