"""What every test may ask for: a PostgreSQL server for the whole run, and a database of its own in it.

Tests that play stories on the machine ask for a database without saying so: every story is written to it and read
back after each command (stored.py).

One server serves all workers of pytest-xdist. It does not sync, and its data are in memory where there is room, since
they never outlive the run: a database of a thousand files for every other test is what costs a disk most. Tests that
kill things ask for `durable_postgres` instead, which syncs, on a disk.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import psutil
import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from engine.runtime.postgres.embedded import EmbeddedPostgres, temporary_postgres
from engine.runtime.postgres.opening import DATABASE_URL_VARIABLE
from engine.store.migrate import migrate
from tests import story
from tests.stored import StoryStore

os.environ.pop(DATABASE_URL_VARIABLE, None)
os.environ.pop("POINTSMAN_URL", None)

hypothesis_settings.register_profile("pointsman", deadline=None, database=None)
hypothesis_settings.load_profile("pointsman")

RUN_FOLDER = "POINTSMAN_TEST_RUN"
TEMPLATE = "pointsman_template"
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2 * 2**30  # a whole run writes less than one
FAST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "max_connections": "200",
}


def new_postgres_folder(place: Path | None = None) -> Path:
    """A folder that PostgreSQL may enter under whatever account it runs, below `place` or where temporary files go."""
    folder = Path(tempfile.mkdtemp(prefix="pointsman-test-", dir=place))
    folder.chmod(0o711)
    return folder


def memory_with_room() -> Path | None:
    """A folder whose files are in memory; None where there is none, or too little room, as in many containers."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        room = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
        if room >= MEMORY_BYTES:
            return MEMORY
    return None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = str(new_postgres_folder(memory_with_room()))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = os.environ.pop(RUN_FOLDER)
        EmbeddedPostgres(folder).erase()
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and _plays_stories(item.module):
            item.fixturenames.insert(0, "stored_stories")


def _plays_stories(module: ModuleType) -> bool:
    """Whether a test module takes `play` or another function of tests/story.py."""
    return any(getattr(value, "__module__", "") == story.__name__ for value in vars(module).values())


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Tests marked `anyio` run on the event loop that the server runs on."""
    return "asyncio", {"use_uvloop": True}


@contextmanager
def other_loops_aside() -> Iterator[None]:
    """Lets an event loop run: Playwright leaves its own marked as running between its calls."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(autouse=True)
def no_other_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let tests that run event loops come after browser tests in one process."""
    if "playwright" in request.fixturenames:
        yield
    else:
        with other_loops_aside():
            yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The run's server, shared by all workers; the last one stops it."""
    with EmbeddedPostgres(os.environ[RUN_FOLDER], settings=FAST_SETTINGS, database="control") as server:
        _ensure_template(server)
        yield server


def _ensure_template(server: EmbeddedPostgres) -> None:
    """Builds the template under another name first: once it has its name, nobody connects to it any more."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if found.fetchone() is None:
            connection.execute("DROP DATABASE IF EXISTS building")
            connection.execute("CREATE DATABASE building")
            migrate(server.url_of("building"))
            connection.execute(f"ALTER DATABASE building RENAME TO {TEMPLATE}")


_numbers = itertools.count(1)


@pytest.fixture
def empty_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a new database without any table."""
    yield from _database(postgres, "template1")


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a new database with the migrated schema; it is dropped after the test."""
    yield from _database(postgres, TEMPLATE)


@pytest.fixture(scope="module")
def module_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The same, shared by the tests of a module, for what is slow to start."""
    yield from _database(postgres, TEMPLATE)


def _database(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield postgres.url_of(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_folder() -> Iterator[Path]:
    """A folder for an embedded server of the test's own, removed with its data."""
    folder = new_postgres_folder()
    yield folder
    EmbeddedPostgres(folder).erase()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def durable_postgres() -> Iterator[EmbeddedPostgres]:
    """A migrated server of the test's own that syncs as a real one does, for tests that kill it."""
    with temporary_postgres() as server:
        migrate(server.url)
        yield server


@pytest.fixture(scope="session")
def story_store(postgres: EmbeddedPostgres) -> Iterator[StoryStore]:
    """A database for the stories of this worker."""
    for url in _database(postgres, TEMPLATE):
        with other_loops_aside():
            store = StoryStore(url)
        yield store
        with other_loops_aside():
            store.close()


@pytest.fixture
def stored_stories(story_store: StoryStore, no_other_loop: None) -> Iterator[None]:
    """Write every story to PostgreSQL and read it back after each command."""
    story.CHECKS.append(story_store.check)
    yield
    story.CHECKS.remove(story_store.check)
    story_store.forget()
