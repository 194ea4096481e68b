"""The engine's own opinion of a draft: what a deployment would refuse."""

from __future__ import annotations

import asyncio

from engine.bpmn import Problem
from engine.runtime.deployed.files import InvalidDeployment, read_files
from web.models.contents import InvalidContent, Kind, read_contents


def file_name(kind: Kind, name: str) -> str:
    """What a model's file is called when it is deployed or exported."""
    safe = "".join(
        character if character.isprintable() and character not in '/\\:*?"<>|' else "_" for character in name
    )
    return safe if safe.lower().endswith(kind.extension) else safe + kind.extension


async def check(kind: Kind, name: str, content: str) -> list[tuple[str, Problem]]:
    """All that is wrong, as pairs of the file's name and the problem; in a thread, as a large file takes its time."""
    return await asyncio.to_thread(_check, kind, file_name(kind, name), content)


def _check(kind: Kind, name: str, content: str) -> list[tuple[str, Problem]]:
    try:
        read_contents(kind, content)
        if kind is not Kind.TEMPLATE:
            read_files([(name, content.encode())])
    except InvalidContent as error:
        return [(name, Problem("", 1, str(error)))]
    except InvalidDeployment as error:
        return error.problems
    return []
