"""The commands of a client: each asks the server and prints what it said."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.cli.client import Client, Found, Json
from api.cli.errors import CommandError, WrongUsage
from api.cli.output import local_time, note, print_json, print_table
from api.cli.tree import print_instance, read_instance

DEPLOYABLE = (".bpmn", ".dmn", ".form")
KINDS = {
    "processDefinition": (
        "process",
        "processDefinitionId",
        "processDefinitionVersion",
        "processDefinitionKey",
    ),
    "decisionRequirements": (
        "decisions",
        "decisionRequirementsId",
        "decisionRequirementsVersion",
        "decisionRequirementsKey",
    ),
    "decisionDefinition": ("decision", "decisionDefinitionId", "version", "decisionDefinitionKey"),
    "form": ("form", "formId", "version", "formKey"),
    "resource": ("resource", "resourceId", "version", "resourceKey"),
}


def deploy(client: Client, options: Namespace) -> None:
    answer = client.deploy(read_files(options.files), options.tenant)
    if options.json:
        print_json(answer)
    else:
        print_table(("kind", "id", "version", "key"), deployed_rows(answer))


def read_files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Names and contents of the files, and of all deployable files in the folders. Raises CommandError."""
    found = [file for path in paths for file in _files_of(path)]
    names = Counter(file.name for file in found)
    try:
        return [
            (file.name if names[file.name] == 1 else file.as_posix(), file.read_bytes()) for file in found
        ]
    except OSError as error:
        raise CommandError(f"Cannot read {error.filename}: {error.strerror}.") from error


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = [each for each in sorted(path.rglob("*")) if each.suffix in DEPLOYABLE and each.is_file()]
    if not inside:
        raise WrongUsage(f"There is no file to deploy in {path}: none ends in {', '.join(DEPLOYABLE)}.")
    return inside


def deployed_rows(answer: Json) -> list[tuple[Any, ...]]:
    """Kind, id, version and key of everything in a deployment's answer."""
    return [
        (kind, item[identity], item[version], item[key])
        for entry in answer["deployments"]
        for name, (kind, identity, version, key) in KINDS.items()
        if (item := entry.get(name))
    ]


def start(client: Client, options: Namespace) -> None:
    body = {
        "processDefinitionId": options.process_id,
        "processDefinitionVersion": options.version,
        "variables": options.variables,
        "tenantId": options.tenant,
        "tags": options.tag or None,
        "businessId": options.business_id,
    }
    if options.wait:
        body |= {"awaitCompletion": True, "requestTimeout": int(options.wait * 1000)}
    headers = {"Idempotency-Key": options.idempotency_key} if options.idempotency_key else {}
    answer = client.post("/process-instances", {k: v for k, v in body.items() if v is not None}, headers)
    if options.json:
        print_json(answer)
        return
    print(f"{answer['processDefinitionId']} version {answer['processDefinitionVersion']}: ", end="")
    print(f"instance {answer['processInstanceKey']}")
    for name, value in sorted(answer["variables"].items()) if options.wait else ():
        print(f"  {name} = {value!r}")


def instances(client: Client, options: Namespace) -> None:
    filters = {
        "processDefinitionId": options.process,
        "state": options.state,
        "hasIncident": True if options.with_incident else None,
        "businessId": options.business_id,
    }
    found = client.search(
        "/process-instances/search", filters, sort=[("startDate", "DESC")], limit=options.limit
    )
    _print_found(
        found,
        options,
        ("key", "process", "version", "state", "incident", "started", "ended", "business id"),
        lambda each: (
            each["processInstanceKey"],
            each["processDefinitionId"],
            each["processDefinitionVersion"],
            each["state"],
            "yes" if each["hasIncident"] else "",
            local_time(each["startDate"]),
            local_time(each["endDate"]),
            each["businessId"],
        ),
    )


def show(client: Client, options: Namespace) -> None:
    instance = read_instance(client, options.key, options.limit)
    if options.json:
        print_json(instance)
    else:
        print_instance(instance)


def jobs(client: Client, options: Namespace) -> None:
    filters = {"type": options.type, "state": options.state, "processInstanceKey": options.instance}
    found = client.search("/jobs/search", filters, sort=[("jobKey", "DESC")], limit=options.limit)
    _print_found(
        found,
        options,
        ("key", "type", "state", "retries", "worker", "locked until", "instance", "element", "error"),
        lambda each: (
            each["jobKey"],
            each["type"],
            each["state"],
            each["retries"],
            each["worker"],
            local_time(each["deadline"]),
            each["processInstanceKey"],
            each["elementId"],
            each["errorMessage"],
        ),
    )


def incidents(client: Client, options: Namespace) -> None:
    filters = {
        "state": None if options.all else "ACTIVE",
        "processDefinitionId": options.process,
        "processInstanceKey": options.instance,
    }
    found = client.search("/incidents/search", filters, sort=[("creationTime", "DESC")], limit=options.limit)
    _print_found(
        found,
        options,
        ("key", "type", "state", "since", "process", "instance", "element", "message"),
        lambda each: (
            each["incidentKey"],
            each["errorType"],
            each["state"],
            local_time(each["creationTime"]),
            each["processDefinitionId"],
            each["processInstanceKey"],
            each["elementId"],
            each["errorMessage"],
        ),
    )


def resolve(client: Client, options: Namespace) -> None:
    """Resolves incident by incident; a job that has no retry left is given some first."""
    for key in options.keys:
        incident = client.get(f"/incidents/{key}")
        if incident["jobKey"]:
            client.patch(f"/jobs/{incident['jobKey']}", {"changeset": {"retries": options.retries}})
        client.post(f"/incidents/{key}/resolution")
        if not options.json:
            print(f"Resolved {key}: {incident['errorType']} at {incident['elementId']}")
    if options.json:
        print_json({"resolved": options.keys})


def _print_found(found: Found, options: Namespace, headings: Sequence[str], row: Any) -> None:
    items = list(found)
    if options.json:
        print_json({"items": items, "totalItems": found.total})
        return
    print_table(headings, map(row, items))
    if not items:
        note("None found.")
    elif found.total > len(items) or found.more_than_total:
        total = f"more than {found.total}" if found.more_than_total else found.total
        note(f"{len(items)} of {total}; --limit shows more.")
