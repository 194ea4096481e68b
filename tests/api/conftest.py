"""A running server over a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Api, running_server


@pytest.fixture
def server(database_url: str) -> Iterator[str]:
    """The URL of a server, without /v2."""
    with running_server(database_url) as url:
        yield url


@pytest.fixture
def api(server: str) -> Iterator[Api]:
    """A client of that server."""
    with Api(server) as api:
        yield api


@pytest.fixture(scope="module")
def shared_server(module_database_url: str) -> Iterator[str]:
    """The URL of a server that all tests of a module use."""
    with running_server(module_database_url) as url:
        yield url


@pytest.fixture(scope="module")
def shared_api(shared_server: str) -> Iterator[Api]:
    """A client of the shared server."""
    with Api(shared_server) as api:
        yield api
