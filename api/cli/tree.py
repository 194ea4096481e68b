"""What `show` prints: an instance as a tree of its scopes, with times, variables and incidents.

Elements are fetched scope by scope, as far as the limit of each goes: an instance with 100,000 items is
shown as quickly as one with ten.
"""

from __future__ import annotations

from collections.abc import Iterator

from api.cli.client import Client, Json
from api.cli.output import elapsed, local_time, shorten

SCOPES = {
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "MULTI_INSTANCE_BODY",
}
MARKS = {"ACTIVE": "●", "COMPLETED": "✓", "TERMINATED": "✗"}
KEYS_AT_ONCE = 200
MAX_VALUE = 100
INDENT = "  "


def read_instance(client: Client, key: str, limit: int) -> Json:
    """The instance `key` as the API describes it, with `variables`, `incidents` and `elements`.

    Each element has its own variables, incidents and `elements` in turn, at most `limit` (the oldest) in each
    scope, and `elementCount`, which says how many there are; a call activity has `calledInstance`.
    """
    return _Reader(client, limit).read(client.get(f"/process-instances/{key}"))


class _Reader:
    def __init__(self, client: Client, limit: int) -> None:
        self._client = client
        self._limit = limit

    def read(self, instance: Json) -> Json:
        """Adds to an instance what belongs to it."""
        scopes = {instance["processInstanceKey"]: instance}
        self._add_elements(instance, instance["processInstanceKey"], scopes)
        self._add("variables", "/variables/search", "scopeKey", scopes)
        self._add("incidents", "/incidents/search", "elementInstanceKey", scopes)
        return instance

    def _add_elements(self, scope: Json, scope_key: str, scopes: dict[str, Json]) -> None:
        """Adds the elements in a scope, and theirs, and enters each under its key in `scopes`."""
        children = self._client.search(
            "/element-instances/search",
            {"elementInstanceScopeKey": scope_key},
            sort=[("startDate", "ASC"), ("elementInstanceKey", "ASC")],
            limit=self._limit,
        )
        scope["elements"] = list(children)
        scope["elementCount"] = children.total
        for element in scope["elements"]:
            key = element["elementInstanceKey"]
            scopes[key] = element
            if element["type"] in SCOPES:
                self._add_elements(element, key, scopes)
            elif element["type"] == "CALL_ACTIVITY":
                self._add_called_instance(element)

    def _add_called_instance(self, element: Json) -> None:
        filters = {"parentElementInstanceKey": element["elementInstanceKey"]}
        for called in self._client.search("/process-instances/search", filters, limit=1):
            element["calledInstance"] = self.read(called)

    def _add(self, name: str, path: str, field: str, scopes: dict[str, Json]) -> None:
        """Adds to each scope the items of a search whose `field` is its key."""
        for scope in scopes.values():
            scope[name] = []
        keys = list(scopes)
        for start in range(0, len(keys), KEYS_AT_ONCE):
            for item in self._client.search(path, {field: {"$in": keys[start : start + KEYS_AT_ONCE]}}):
                scopes[item[field]][name].append(item)


def print_instance(instance: Json) -> None:
    """Prints what `read_instance` answered."""
    print("\n".join(_instance_lines(instance)))


def _instance_lines(instance: Json) -> Iterator[str]:
    name = instance["processDefinitionName"] or instance["processDefinitionId"]
    started = f"{local_time(instance['startDate'])}, {elapsed(instance['startDate'], instance['endDate'])}"
    yield f"{MARKS.get(instance['state'], '?')} {name}  {instance['state']}  {started}"
    yield (
        f"{INDENT}instance {instance['processInstanceKey']} of {instance['processDefinitionId']} "
        f"version {instance['processDefinitionVersion']}"
    )
    if instance["businessId"]:
        yield f"{INDENT}business id {instance['businessId']}"
    if instance["tags"]:
        yield f"{INDENT}tags {', '.join(instance['tags'])}"
    yield from _contents(instance)


def _contents(scope: Json) -> Iterator[str]:
    for variable in sorted(scope["variables"], key=lambda each: str(each["name"])):
        yield f"{INDENT}{variable['name']} = {shorten(variable['value'], MAX_VALUE)}"
    for incident in scope["incidents"]:
        yield from _incident_lines(incident)
    for element in scope.get("elements", ()):
        yield from (INDENT + line for line in _element_lines(element))
    hidden = scope.get("elementCount", 0) - len(scope.get("elements", ()))
    if hidden > 0:
        yield f"{INDENT}… and {hidden} more (--limit)"


def _element_lines(element: Json) -> Iterator[str]:
    name = element["elementName"] or element["elementId"]
    kind = element["type"].replace("_", " ").lower()
    mark = MARKS.get(element["state"], "?")
    when = f"{local_time(element['startDate'])}, {elapsed(element['startDate'], element['endDate'])}"
    yield f"{mark} {shorten(name)}  ({kind} {element['elementId']})  {when}"
    yield from _contents(element)
    if called := element.get("calledInstance"):
        yield from (INDENT + line for line in _instance_lines(called))


def _incident_lines(incident: Json) -> Iterator[str]:
    message = f"{incident['errorType']}: {shorten(incident['errorMessage'], MAX_VALUE)}"
    if incident["state"] == "RESOLVED":
        yield f"{INDENT}resolved: {message}"
        return
    since = local_time(incident["creationTime"])
    yield f"{INDENT}! {message}"
    yield f"{INDENT}  since {since}; pointsman resolve {incident['incidentKey']}"
