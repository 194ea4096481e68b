"""What a process refers to that lies in other files: called processes, decisions, forms and linked files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from engine.machine.graph import Graph, Node

Kind = Literal["process", "decision", "form", "file"]

_ATTRIBUTES: tuple[tuple[Kind, str], ...] = (
    ("process", "process_id"),
    ("decision", "decision_id"),
    ("form", "form_id"),
)


class Reference(NamedTuple):
    """By the id under which it is deployed."""

    kind: Kind
    id: str


def references_of(graphs: Iterable[Graph]) -> set[Reference]:
    """Everything that is named by a fixed id; what an expression names shows only when it runs."""
    graphs = list(graphs)
    own = {Reference("process", graph.process_id) for graph in graphs}
    return {reference for graph in graphs for reference in _references(graph)} - own


def _references(graph: Graph) -> Iterator[Reference]:
    if graph.start_form_id:
        yield Reference("form", graph.start_form_id)
    for node in [*graph.nodes.values(), *graph.inner.values()]:
        yield from _references_of_node(node)


def _references_of_node(node: Node) -> Iterator[Reference]:
    for kind, attribute in _ATTRIBUTES:
        id = getattr(node.behavior, attribute, None)
        if isinstance(id, str) and id:
            yield Reference(kind, id)
    job = getattr(node.behavior, "job", None)
    for link in job.links if job is not None else ():
        if isinstance(link.resource_id, str):
            yield Reference("file", link.resource_id)
