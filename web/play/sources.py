"""What runs in a sandbox: a draft, and what it refers to, from the library or, where that has it not, as deployed."""

from __future__ import annotations

from engine.sandbox import Source
from engine.store.search import Reader
from web.models.checking import file_name
from web.models.contents import Kind, Reference, read_contents
from web.models.deployed import deployed_versions
from web.models.library import Library
from web.models.sources import deployed_content

MOST_FILES = 50


async def sources_of(library: Library, reader: Reader, name: str, content: str) -> list[Source]:
    """The files that a process (BPMN) runs with, itself first. Raises InvalidContent where it is no BPMN document.

    What is found nowhere is left out: where it is needed, the engine says so by an incident.
    """
    found = [Source(file_name(Kind.BPMN, name), content.encode())]
    contents = read_contents(Kind.BPMN, content)
    seen = {(Kind.BPMN, id) for id in contents.ids}
    waiting = list(contents.references)
    while waiting and len(found) < MOST_FILES:
        reference = waiting.pop(0)
        if (reference.kind, reference.id) in seen:
            continue
        source = await _find(library, reader, reference)
        seen.add((reference.kind, reference.id))
        if source is not None:
            read = read_contents(reference.kind, source.content.decode())
            seen |= {(reference.kind, id) for id in read.ids}
            found.append(_named_apart(source, found))
            waiting += read.references
    return found


async def _find(library: Library, reader: Reader, reference: Reference) -> Source | None:
    drafts = await library.declaring(reference.kind, [reference.id])
    if drafts:
        draft = await library.draft(drafts[0].key)
        return Source(file_name(reference.kind, draft.about.name), draft.content.encode())
    versions = await deployed_versions(reader, reference.kind, [reference.id])
    content = await deployed_content(reader, reference.kind, versions[0].key) if versions else None
    if content is None:
        return None
    return Source(f"{reference.id}{reference.kind.extension}", content.encode(), deployed=True)


def _named_apart(source: Source, others: list[Source]) -> Source:
    """Problems are told by file name, so two files must not share one."""
    if all(source.name != other.name for other in others):
        return source
    stem, _, ending = source.name.rpartition(".")
    return Source(f"{stem} {len(others) + 1}.{ending}", source.content, source.deployed)
