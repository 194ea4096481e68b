"""The import rules, held over the real files.

Layers may import what stands to their right, and themselves:
api, web → sandbox → runtime, identity → store, bpmn, dmn → elements, triggers → machine, feel.
The pure ones take time and keys as arguments and import nothing that does I/O, tells the time or draws lots.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = [
    ("api", "web"),
    ("engine.sandbox",),
    ("engine.runtime", "engine.identity"),
    ("engine.store", "engine.bpmn", "engine.dmn"),
    ("engine.elements", "engine.triggers"),
    ("engine.machine", "engine.feel"),
]
RANK = {package: rank for rank, layer in enumerate(LAYERS) for package in layer}

#: What stands in engine.runtime, in the order of its map: each may import itself and what stands below it.
ROOMS = [
    ("runtime",),
    ("background",),
    ("events",),
    ("business_ids", "changes", "evaluations", "history", "idempotency", "migration_plans"),
    ("jobs",),
    ("commits",),
    ("deployed",),
    ("completion",),
    ("notifications",),
    ("postgres",),
    ("actor", "clock", "errors", "memory", "results"),
]
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}

PURE = ("engine.machine", "engine.elements", "engine.triggers", "engine.feel", "engine.dmn")
IMPURE_MODULES = {
    "lxml", "sqlalchemy", "psycopg", "asyncio", "threading", "socket", "time", "random", "secrets", "uuid",
}  # fmt: skip
METERS = {"time.thread_time"}  # ends what runs away; no result depends on it


def _files(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package.replace(".", "/")).rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Each module that a file imports, at whatever depth, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _package_of(module: str) -> str | None:
    return next((package for package in RANK if module == package or module.startswith(package + ".")), None)


def _wrong_direction(package: str) -> Iterator[str]:
    for path in _files(package):
        for line, module in _imports(path):
            imported = _package_of(module)
            if imported is not None and RANK[imported] < RANK[package]:
                yield f"{path.relative_to(ROOT)}:{line}: {package} must not import {imported}"


def _clock_calls(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr="now" | "utcnow" | "today"):
                yield node.lineno


def _impurities(package: str) -> Iterator[str]:
    for path in _files(package):
        where = path.relative_to(ROOT)
        for line, module in _imports(path):
            if module.partition(".")[0] in IMPURE_MODULES and module not in METERS:
                yield f"{where}:{line}: {package} is pure and must not import {module}"
        for line in _clock_calls(path):
            yield f"{where}:{line}: {package} is pure and must be given the time"


def _wrong_floor(room: str) -> Iterator[str]:
    path = ROOT / "engine" / "runtime" / room
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]:
        for line, module in _imports(file):
            other = module.removeprefix("engine.runtime.").partition(".")[0]
            if module.startswith("engine.runtime.") and other != room and FLOOR[other] <= FLOOR[room]:
                yield f"{file.relative_to(ROOT)}:{line}: {room} must not import {module}"


@pytest.mark.parametrize("room", FLOOR)
def test_the_rooms_of_the_runtime_point_one_way(room: str) -> None:
    assert list(_wrong_floor(room)) == []


def test_no_room_of_the_runtime_but_the_known_ones() -> None:
    """A new folder or module in engine/runtime must be given its place above."""
    found = {path.stem for path in (ROOT / "engine" / "runtime").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert found - {"__init__", "__pycache__"} == set(FLOOR)


@pytest.mark.parametrize("package", RANK)
def test_imports_point_one_way(package: str) -> None:
    assert list(_wrong_direction(package)) == []


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_import_nothing_impure(package: str) -> None:
    assert list(_impurities(package)) == []


def test_no_package_but_the_known_ones() -> None:
    """A new package under engine/ must be given its place above."""
    found = {f"engine.{folder.name}" for folder in (ROOT / "engine").iterdir() if list(folder.glob("*.py"))}
    assert found <= set(RANK)
