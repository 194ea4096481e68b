"""Any state of a model: `draft`, `v3` (a version that was kept) or `d2251…` (a deployment, by its key)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from engine.store.search import Reader, figures
from engine.store.tables import decision_definition
from web.models.contents import Kind
from web.models.deployed import deployed_versions
from web.models.library import Draft, Library, NoSuchModel


class State(NamedTuple):
    """`ref` is how addresses name it, `title` how people do."""

    ref: str
    title: str
    content: str


async def state_of(library: Library, reader: Reader, draft: Draft, ref: str) -> State:
    """Raises NoSuchModel where there is no such state."""
    if ref == "draft":
        return State(ref, "Draft", draft.content)
    number = ref[1:]
    if number.isascii() and number.isdecimal() and len(number) <= 19:
        if ref[0] == "v" and len(number) < 10:
            version, content = await library.version(draft.about.key, int(number))
            return State(ref, f"Version {version.number}: {version.name}", content)
        if ref[0] == "d":
            return await _deployed(reader, draft, int(number))
    raise NoSuchModel(f"This model has no state '{ref[:40]}'.")


async def _deployed(reader: Reader, draft: Draft, key: int) -> State:
    kind = draft.about.kind
    versions = await deployed_versions(reader, kind, draft.about.resource_ids)
    found = next((each for each in versions if each.key == key), None)
    content = await deployed_content(reader, kind, key) if found is not None else None
    if found is None or content is None:
        raise NoSuchModel(f"Nothing that this model declares was deployed with the key {key}.")
    return State(f"d{key}", f"Deployed version {found.version} of {found.id}", content)


async def deployed_content(reader: Reader, kind: Kind, key: int) -> str | None:
    """The file of a process definition, a decision or a form, by its key; None where there is none."""
    if kind is Kind.DMN:
        owner = select(decision_definition.c.resource_key).where(decision_definition.c.key == key)
        rows = await reader.rows(owner)
        key = rows[0][0] if rows else key
    found = await figures.content(reader, min(key, 2**63 - 1))
    return found.content.decode("utf-8", "replace") if found is not None else None
