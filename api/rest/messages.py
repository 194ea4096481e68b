"""Messages, and the subscriptions that wait for them."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.searching import declare_search
from api.rest.wire import (
    LONGEST,
    BusinessId,
    Long,
    Request,
    Result,
    TenantId,
    Text,
    Variables,
    milliseconds_of,
    tenant_of,
)
from engine.machine.commands import CorrelateMessage, PublishMessage
from engine.store.search import CORRELATED_MESSAGES, MESSAGE_SUBSCRIPTIONS

operations = Operations("Message")


class MessagePublicationRequest(Request):
    """`timeToLive` in milliseconds: how long the message is kept for who may wait for it later."""

    name: Text
    correlation_key: str | None = None
    time_to_live: Long | None = None
    message_id: str | None = None
    variables: Variables | None = None
    tenant_id: TenantId | None = None
    business_id: BusinessId | None = None


class MessagePublicationResult(Result):
    tenant_id: str
    message_key: str


class MessageCorrelationRequest(Request):
    name: Text
    correlation_key: str | None = None
    variables: Variables | None = None
    tenant_id: TenantId | None = None
    business_id: BusinessId | None = None


class MessageCorrelationResult(Result):
    """The instance that the message reached, or started; the first, where there were more."""

    tenant_id: str
    message_key: str
    process_instance_key: str


@operations(
    "POST",
    "/messages/publication",
    "publishMessage",
    body=MessagePublicationRequest,
    result=MessagePublicationResult,
    errors=(409,),
)
async def publish_message(call: Call) -> MessagePublicationResult:
    """Offer a message to whoever waits for it, or will within its time to live."""
    request: MessagePublicationRequest = call.body
    result = await call.server.runtime.execute(
        PublishMessage(
            name=request.name,
            correlation_key=request.correlation_key or "",
            time_to_live=milliseconds_of(request.time_to_live or 0, "timeToLive", least=-LONGEST),
            message_id=request.message_id or "",
            variables=request.variables or {},
            tenant=tenant_of(request.tenant_id),
            business_id=request.business_id,
        )
    )
    return MessagePublicationResult(tenant_of(request.tenant_id), str(result.message_key))


@operations(
    "POST",
    "/messages/correlation",
    "correlateMessage",
    body=MessageCorrelationRequest,
    result=MessageCorrelationResult,
    errors=(404,),
)
async def correlate_message(call: Call) -> MessageCorrelationResult:
    """Deliver a message now; 404 where nobody waits for it."""
    request: MessageCorrelationRequest = call.body
    result = await call.server.runtime.execute(
        CorrelateMessage(
            name=request.name,
            correlation_key=request.correlation_key or "",
            variables=request.variables or {},
            tenant=tenant_of(request.tenant_id),
            business_id=request.business_id,
        )
    )
    assert result.process_instance_key is not None, "a message that reached nobody is refused"
    return MessageCorrelationResult(
        tenant_of(request.tenant_id), str(result.message_key), str(result.process_instance_key)
    )


declare_search(operations, "/message-subscriptions/search", "searchMessageSubscriptions", MESSAGE_SUBSCRIPTIONS)
declare_search(
    operations,
    "/correlated-message-subscriptions/search",
    "searchCorrelatedMessageSubscriptions",
    CORRELATED_MESSAGES,
)
