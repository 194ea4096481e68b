"""Messages that are kept for who may wait for them later. The interface has no search of them; the pages show them."""

from __future__ import annotations

from engine.store.search.entity import Entity, Field, Source
from engine.store.search.kinds import DATE, JSON, KEY, TEXT
from engine.store.tables import message

BUFFERED_MESSAGES = Entity(
    "BufferedMessage",
    [Source(message, (message.c.key,))],
    [
        Field("messageKey", KEY, message.c.key),
        Field("messageName", TEXT, message.c.name),
        Field("correlationKey", TEXT, message.c.correlation_key),
        Field("messageId", TEXT, message.c.message_id, nullable=True),
        Field("variables", JSON, message.c.variables, filter=False, sort=False),
        Field("publishedDate", DATE, message.c.published_at),
        Field("expirationDate", DATE, message.c.expires_at),
        Field("tenantId", TEXT, message.c.tenant_id),
    ],
    default_sort=("expirationDate",),
    key="messageKey",
)
