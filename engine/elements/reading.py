"""What several elements read the same way from their extension elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine.graph import JobDefinition, Listener, ResourceLink, VariableMapping

if TYPE_CHECKING:
    from engine.elements.registry import Source


def read_job(source: Source, required: bool = True) -> JobDefinition | None:
    """The `taskDefinition` of an element, with its headers."""
    definition = source.extension("taskDefinition")
    if definition is None:
        if required:
            source.problem("Must have a task definition: set the job type that workers ask for.")
        return None
    type = source.expression(definition.get("type"), "the job type")
    if not type:
        source.problem("Must have a job type: set the type that workers ask for.")
    job = JobDefinition(
        type or "",
        source.expression(definition.get("retries"), "the retries") or "3",
        read_headers(source),
        read_priority(source),
    )
    job.links = _read_links(source)
    return job


def _read_links(source: Source) -> tuple[ResourceLink, ...]:
    """The files that a job is to use (`linkedResources`)."""
    links = source.extension("linkedResources")
    found: list[ResourceLink] = []
    for link in links.children("linkedResource") if links is not None else ():
        resource_id = source.expression(link.get("resourceId"), "the linked resource")
        if not resource_id:
            source.problem("Must have a resource id for each linked resource.")
        binding, tag = read_binding(source, link)
        found.append(
            ResourceLink(resource_id, link.get("resourceType") or "", link.get("linkName") or "", binding, tag)
        )
    return tuple(found)


def read_priority(source: Source) -> Any:
    """The priority of the element's jobs: a number or an expression."""
    definition = source.extension("jobPriorityDefinition") or source.extension("taskDefinition")
    return source.expression(definition.get("priority"), "the job priority") or "0" if definition else "0"


def read_headers(source: Source) -> dict[str, str]:
    """The task headers: fixed texts that a worker gets with each job."""
    headers = source.extension("taskHeaders")
    if headers is None:
        return {}
    return {header.get("key") or "": header.get("value") or "" for header in headers.children("header")}


def read_properties(source: Source) -> dict[str, str]:
    """The extension properties of an element: names and values for whoever looks at it."""
    properties = source.extension("properties")
    if properties is None:
        return {}
    return {each.get("name") or "": each.get("value") or "" for each in properties.children("property")}


_BINDINGS = ("latest", "deployment", "versionTag")


def read_binding(source: Source, called: Source | None) -> tuple[Any, str]:
    """Which version of a called process, decision or form is meant, and (versionTag) its tag."""
    binding = (called.get("bindingType") if called is not None else None) or "latest"
    tag = (called.get("versionTag") if called is not None else None) or ""
    if binding not in _BINDINGS:
        source.problem(f"Must have a binding of {', '.join(_BINDINGS)}, but it is '{binding}'.")
    if binding == "versionTag" and not tag:
        source.problem("Must have a version tag: it is bound by one.")
    return binding, tag


def read_mappings(source: Source, tag: str) -> tuple[VariableMapping, ...]:
    """The input or output mappings (`tag`: "input", "output")."""
    mapping = source.extension("ioMapping")
    if mapping is None:
        return ()
    return tuple(_mapping(source, line) for line in mapping.children(tag))


def read_data_inputs(source: Source) -> tuple[VariableMapping, ...]:
    """The data input associations of an element, as mappings: a copy of its own of each data object or store.

    A data object or data store is the variable of its name.
    """
    found: list[VariableMapping] = []
    for association in source.children("dataInputAssociation"):
        name = _data_name(association, "sourceRef")
        if name:
            found.append(VariableMapping(_transformation(source, association, name) or _whole(source, name), (name,)))
    return tuple(found)


def read_data_outputs(source: Source) -> tuple[tuple[VariableMapping, ...], tuple[str, ...]]:
    """The data output associations of an element: those with a transformation, as mappings, and the others.

    Of the others the names: the element's own variable of that name, where it has one, is what goes there.
    """
    mappings: list[VariableMapping] = []
    names: list[str] = []
    for association in source.children("dataOutputAssociation"):
        name = _data_name(association, "targetRef")
        expression = _transformation(source, association, name)
        if name and expression is not None:
            mappings.append(VariableMapping(expression, (name,)))
        elif name:
            names.append(name)
    return tuple(mappings), tuple(names)


def _transformation(source: Source, association: Source, name: str) -> Any:
    transformation = association.child("transformation")
    return source.feel(transformation.text(), f"the transformation of '{name}'") if transformation is not None else None


def _whole(source: Source, name: str) -> Any:
    return source.feel(f"`{name}`", "the data object")


def _data_name(association: Source, tag: str) -> str:
    """The name of what a data association refers to, its id where it has none; empty where that cannot be."""
    reference = association.child(tag)
    if reference is None:
        association.problem("Must lead to or from data: connect a data object or a data store, or map variables.")
        return ""
    data = association.find(reference.text())
    if data is None:
        association.problem(f"Must refer to data in the file, but nothing has the id '{reference.text()}'.")
        return ""
    name = " ".join(data.name.split()) or data.id  # a name may be drawn in several lines
    if "`" in name:
        data.problem("Must have a name without `, which stands around names in expressions.")
        return ""
    return name


def _mapping(source: Source, line: Source) -> VariableMapping:
    target = line.get("target") or ""
    path = tuple(part.strip() for part in target.split("."))
    if not all(path):
        line.problem(f"Must have a variable name as the target of a mapping, but it is '{target}'.")
    expression = source.expression(line.get("source"), f"the mapping to '{target}'")
    return VariableMapping("" if expression is None else expression, path)


_LISTENERS = {
    "execution": ("start", "end"),
    "task": ("creating", "assigning", "updating", "completing", "canceling"),
}


def read_listeners(source: Source) -> tuple[Listener, ...]:
    """The execution listeners ("start", "end") and task listeners ("creating", …) of an element."""
    found: list[Listener] = []
    for kind, events in _LISTENERS.items():
        group = source.extension(f"{kind}Listeners")
        for listener in group.children(f"{kind}Listener") if group else ():
            found.append(_listener(source, listener))
            if found[-1].event not in events:
                listener.problem(f"Must listen to one of {', '.join(events)}, but listens to '{found[-1].event}'.")
    return tuple(found)


def _listener(source: Source, listener: Source) -> Listener:
    type = source.expression(listener.get("type"), "the type of a listener")
    if not type:
        listener.problem("Must have a type: set the job type of the listener.")
    retries = source.expression(listener.get("retries"), "the retries of a listener") or "3"
    headers = read_headers(listener) or read_headers(source)
    return Listener(listener.get("eventType") or "", JobDefinition(type or "", retries, headers))
