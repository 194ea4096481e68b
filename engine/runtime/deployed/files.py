"""Reading the files of a deployment: of what kind each is, what is in it, and all that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from engine import dmn
from engine.bpmn import InvalidModel, Problem, compile_model
from engine.machine.commands import Rejection
from engine.machine.graph import Graph
from engine.machine.names import is_too_long, too_long
from engine.xml import XmlError, parse

BPMN, FORM, DMN, OTHER = "bpmn", "form", "dmn", "resource"
_KINDS = {"bpmn": BPMN, "xml": BPMN, "form": FORM, "dmn": DMN}


class InvalidDeployment(Rejection):
    """A deployment that was refused; `problems` lists what is wrong, by file name."""

    def __init__(self, reason: str, problems: list[tuple[str, Problem]]) -> None:
        super().__init__("INVALID_ARGUMENT", reason)
        self.problems = problems


class File(NamedTuple):
    """A file to deploy; `resource_id` is what its versions are counted by, `graphs` are its processes.

    `imports` are the names of the decision models, deployed with it, that it refers to; its `checksum` is of them, too.
    """

    name: str
    content: bytes
    kind: str
    resource_id: str
    version_tag: str | None
    checksum: bytes
    graphs: list[Graph]
    title: str | None = None
    model: dmn.Model | None = None
    imports: tuple[str, ...] = ()

    @property
    def decisions(self) -> tuple[dmn.Decision, ...]:
        """The decisions of a decision model."""
        return tuple(self.model.decisions.values()) if self.model is not None else ()


def read_files(files: Sequence[tuple[str, bytes]]) -> list[File]:
    """Check and compile all files. Raises InvalidDeployment with everything that is wrong with any of them.

    A decision model comes after those that it imports.
    """
    problems: list[tuple[str, Problem]] = []
    read: list[File] = []
    for name, content in in_order(files):
        try:
            read.append(_read(name, content, [file for file in read if file.kind == DMN]))
        except InvalidModel as error:
            problems += [(name, problem) for problem in error.problems]
    problems += _duplicates(read)
    if not files:
        raise InvalidDeployment("Expected to deploy at least one file, but there is none.", [])
    if problems:
        lines = "\n".join(f"- {name}: {problem}" for name, problem in problems)
        raise InvalidDeployment(f"Nothing was deployed, because of these errors:\n{lines}", problems)
    return read


def _kind(name: str) -> str:
    return _KINDS.get(name.rpartition(".")[2].lower(), OTHER)


def in_order(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files, decision models behind those that they import; models that import each other stay as they are."""
    waiting = {index: _namespaces(*file) for index, file in enumerate(files)}
    ordered: list[tuple[str, bytes]] = []
    while waiting:
        missing = {own for own, _ in waiting.values() if own}
        ready = [index for index, (_, imported) in waiting.items() if not imported & missing] or list(waiting)
        for index in ready:
            del waiting[index]
        ordered += [files[index] for index in ready]
    return ordered


def _namespaces(name: str, content: bytes) -> tuple[str, set[str]]:
    """The namespace of a decision model, and those that it imports; nothing of any other file."""
    if _kind(name) != DMN:
        return "", set()
    try:
        root = parse(content)
    except XmlError:
        return "", set()
    return root.get("namespace") or "", dmn.imported_by(root)


def _read(name: str, content: bytes, models: list[File]) -> File:
    kind = _kind(name)
    _check_name(name, "the name of the file", name)
    if kind == DMN:
        return _read_dmn(name, content, models)
    graphs: list[Graph] = []
    resource_id, version_tag = name, None
    if kind == BPMN:
        graphs = compile_model(content, name).processes
    elif kind == FORM:
        resource_id, version_tag = _read_form(name, content)
    return File(name, content, kind, resource_id, version_tag, sha256(content).digest(), graphs)


def _read_dmn(name: str, content: bytes, models: list[File]) -> File:
    """A decision requirements graph with its decisions, which may import those before it."""
    try:
        root = parse(content)
        wanted = dmn.imported_by(root)
        imported = [(file, file.model) for file in models if file.model and file.model.namespace in wanted]
        model = dmn.read_model(root, imports=[model for _, model in imported])
    except XmlError as error:
        raise InvalidModel(name, [Problem("", error.line, error.message)]) from error
    problems = [Problem(found.element_id, found.line, f"{found.message} {found.mend}") for found in model.problems]
    if not model.decisions and not problems:
        problems = [Problem("", 1, "Expected at least one decision in the file, but there is none.")]
    for id in (model.id, *model.decisions):
        _check_name(name, "the id", id)
    if problems:
        raise InvalidModel(name, problems)
    checksum = sha256(content + b"".join(file.checksum for file, _ in imported)).digest()
    imports = tuple(file.name for file, _ in imported)
    return File(name, content, DMN, model.id, None, checksum, [], model.name, model, imports)


def _read_form(name: str, content: bytes) -> tuple[str, str | None]:
    try:
        form = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error).rstrip(".")
        raise InvalidModel(name, [Problem("", 0, f"Expected a form as JSON, but found: {reason}.")]) from error
    except RecursionError as error:
        raise InvalidModel(name, [Problem("", 0, "The form is nested too deeply.")]) from error
    form_id = form.get("id") if isinstance(form, dict) else None
    if not isinstance(form_id, str) or not form_id:
        raise InvalidModel(name, [Problem("", 0, "Expected a JSON object with an 'id', which names the form.")])
    _check_name(name, "the id", form_id)
    tag = form.get("versionTag")
    return form_id, tag if isinstance(tag, str) else None


def _check_name(file: str, what: str, name: str) -> None:
    if is_too_long(name):
        raise InvalidModel(file[:80], [Problem("", 0, too_long(what, name))])


def _duplicates(files: list[File]) -> list[tuple[str, Problem]]:
    """Two files of one deployment must not both hold the next version of the same thing."""
    seen: dict[tuple[str, str], File] = {}
    found: list[tuple[str, Problem]] = []
    for file in files:
        what = {BPMN: "process", DMN: "decision"}.get(file.kind, file.kind)
        ids = [graph.process_id for graph in file.graphs] or [decision.id for decision in file.decisions]
        for each in ids or [file.resource_id]:
            other = seen.setdefault((what, each), file)
            if other is not file:
                text = f"The {what} id '{each}' is in '{other.name}' already: change one of them."
                found.append((file.name, Problem(each, 0, text)))
    return found
