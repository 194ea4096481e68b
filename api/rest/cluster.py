"""What clients ask first: who serves here, in which version, is it well, who am I."""

from __future__ import annotations

from api.rest.operation import Answer, Call, Operations
from api.rest.wire import Result
from engine.identity.identity import Role
from engine.machine.commands import DEFAULT_TENANT
from engine.store.search import SearchTimeout, SearchUnavailable, figures

operations = Operations("Cluster")

#: The version of the interface that this server speaks, which clients compare with their own.
GATEWAY_VERSION = "8.10.0"

#: What clients call the parts of the user interface, by the role that sees them.
_COMPONENTS = ((Role.USER, "tasklist"), (Role.OPERATOR, "operate"), (Role.ADMINISTRATOR, "admin"))


class Partition(Result):
    partition_id: int
    role: str
    health: str
    state: str


class BrokerInfo(Result):
    node_id: int
    broker_id: str
    host: str
    port: int
    partitions: list[Partition]
    version: str


class TopologyResponse(Result):
    brokers: list[BrokerInfo]
    cluster_id: str | None
    cluster_size: int
    partitions_count: int
    replication_factor: int
    gateway_version: str
    last_completed_change_id: str


class LicenseResponse(Result):
    valid_license: bool
    license_type: str
    is_commercial: bool
    expires_at: str | None


class TenantResult(Result):
    name: str
    tenant_id: str
    description: str | None


class CamundaUserResult(Result):
    username: str
    display_name: str | None
    email: str | None
    authorized_components: list[str]
    tenants: list[TenantResult]
    groups: list[str]
    roles: list[str]
    sales_plan_type: str | None
    c8_links: dict[str, str]
    can_logout: bool


@operations("GET", "/topology", "getTopology", result=TopologyResponse)
async def get_topology(call: Call) -> TopologyResponse:
    """This server, as a cluster of one with one partition; several servers on one database look the same."""
    host, port = call.scope.get("server") or ("127.0.0.1", 0)
    partition = Partition(1, "leader", "healthy", "active")
    broker = BrokerInfo(0, "0", host, port or 0, [partition], GATEWAY_VERSION)
    return TopologyResponse([broker], None, 1, 1, 1, GATEWAY_VERSION, "")


@operations("GET", "/status", "getStatus", answers={503: ""})
async def get_status(call: Call) -> Answer:
    """204 while requests can be served, 503 while the database is away."""
    try:
        await figures.ping(call.server.reader)
    except (SearchUnavailable, SearchTimeout):
        return Answer(503)
    return Answer(204)


@operations("GET", "/license", "getLicense", result=LicenseResponse)
async def get_license(call: Call) -> LicenseResponse:
    """Free software: valid for everybody, for ever."""
    return LicenseResponse(True, "Apache-2.0", False, None)


@operations("GET", "/authentication/me", "getAuthentication", result=CamundaUserResult)
async def get_me(call: Call) -> CamundaUserResult:
    """Who asks: the user that signed in, or the demo user of a server that lets everybody on its machine in."""
    identity = call.identity or await call.server.admission.demo()
    return CamundaUserResult(
        username=identity.username,
        display_name=identity.name,
        email=identity.email,
        authorized_components=[name for role, name in _COMPONENTS if identity.may(role)],
        tenants=[TenantResult("Default", DEFAULT_TENANT, None)],
        groups=sorted(identity.groups),
        roles=sorted(identity.roles),
        sales_plan_type=None,
        c8_links={},
        can_logout=not identity.demo,
    )
