"""What happens when a server has just come up: the folder is deployed, and a person is told what to do next."""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.cli.client import Client
from api.cli.commands import deployed_rows, read_files
from api.cli.errors import CommandError
from engine.runtime.embedded_postgres import DATABASE_URL_VARIABLE

DEPLOY_TIMEOUT_SECONDS = 120.0


class Welcome:
    """For the server at `url`, whose start began at `began` (of `time.monotonic`)."""

    def __init__(self, url: str, options: Namespace, began: float) -> None:
        self._url = url
        self._options = options
        self._began = began
        self._deployed: list[tuple[Any, ...]] = []

    def deploy(self) -> None:
        """Deploys the folder as any client would; what is unchanged is not deployed again. Raises CommandError."""
        folder = self._options.deploy
        if folder is None:
            return
        try:
            with Client(self._url, DEPLOY_TIMEOUT_SECONDS) as client:
                self._deployed = deployed_rows(client.deploy(read_files([folder])))
        except CommandError as error:
            raise CommandError(f"{folder} is not deployed: {error}") from error

    def text(self) -> str:
        """A few lines: what is there, what to open, what to try."""
        seconds = time.monotonic() - self._began
        lines = [f"Pointsman is ready after {seconds:.1f} s.", f"  data      {self._where_data_is()}"]
        processes = [identity for kind, identity, *_ in self._deployed if kind == "process"]
        if processes:
            lines.append(f"  deployed  {', '.join(processes)}")
        lines.append(f"  open      {self._url}/docs   (the REST API, at {self._url}/v2)")
        lines += [f"  {'try' if number == 0 else '':10}{each}" for number, each in enumerate(self._tries(processes))]
        return "\n".join([*lines, "Ctrl-C stops it."])

    def _tries(self, processes: list[str]) -> list[str]:
        command = _as_typed("pointsman")
        if not processes:
            return [f"{command} deploy FILE…", f"{command} start PROCESS_ID"]
        return [f"{command} start {processes[0]}", f"{command} instances", f"{command} show KEY"]

    def _where_data_is(self) -> str:
        url = self._options.database_url or os.environ.get(DATABASE_URL_VARIABLE)
        if not url:
            return f"{self._options.data} (an embedded PostgreSQL)"
        parts = urlsplit(url)
        return f"{parts.hostname or 'local socket'}{parts.path}"  # never the password


def _as_typed(command: str) -> str:
    """How the command is called from here: by its path, unless its folder is on the PATH."""
    beside = Path(sys.executable).with_name(command)
    if shutil.which(command) or not beside.exists():
        return command
    return os.path.relpath(beside) if beside.is_relative_to(Path.cwd()) else str(beside)
