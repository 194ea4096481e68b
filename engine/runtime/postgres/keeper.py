"""Starts an embedded server again that has ended by itself: killed by the system, or by hand.

Its user goes on meanwhile: what needs the database is refused, or waits, until it is back.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from engine.runtime.postgres.binaries import PostgresUnavailable
from engine.runtime.postgres.embedded import EmbeddedPostgres

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5  # seconds
LONGEST_PAUSE = 30.0  # seconds between two attempts to start what does not start


@contextlib.contextmanager
def kept_alive(server: EmbeddedPostgres) -> Iterator[None]:
    """For the length of the block, in which the server must be started, a thread looks after it."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(server, over), name="keeper of PostgreSQL", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(server: EmbeddedPostgres, over: threading.Event) -> None:
    pause = LOOK_EVERY
    while not over.wait(pause):
        try:
            if server.revive():
                logger.warning("PostgreSQL had ended by itself and was started again; why may stand in %s", server.log)
            pause = LOOK_EVERY
        except PostgresUnavailable as error:
            pause = min(pause * 2, LONGEST_PAUSE)
            logger.error("PostgreSQL has ended by itself: %s (tried again in %g s)", error, pause)
