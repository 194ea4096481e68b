"""Signals: told to everybody who waits for them now."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.wire import Request, Result, TenantId, Text, Variables, tenant_of
from engine.machine.commands import BroadcastSignal

operations = Operations("Signal")


class SignalBroadcastRequest(Request):
    signal_name: Text
    variables: Variables | None = None
    tenant_id: TenantId | None = None


class SignalBroadcastResult(Result):
    tenant_id: str
    signal_key: str


@operations("POST", "/signals/broadcast", "broadcastSignal", body=SignalBroadcastRequest, result=SignalBroadcastResult)
async def broadcast_signal(call: Call) -> SignalBroadcastResult:
    """Every open subscription of the signal, and every process that it starts, gets it."""
    request: SignalBroadcastRequest = call.body
    tenant = tenant_of(request.tenant_id)
    broadcast = BroadcastSignal(name=request.signal_name, variables=request.variables or {}, tenant=tenant)
    result = await call.server.runtime.execute(broadcast)
    return SignalBroadcastResult(tenant, str(result.signal_key))
