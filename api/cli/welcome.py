"""What happens when a server has just come up: the folder is deployed, and a person is told what to do next."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path
from urllib.parse import urlsplit

from api.cli.arguments import DEFAULT_URL
from api.cli.commands import read_files
from api.cli.errors import CommandError
from engine.identity.people import FIRST_ADMINISTRATOR
from engine.machine.commands import Rejection
from engine.runtime.postgres.opening import DATABASE_URL_VARIABLE
from engine.runtime.results import DeployedProcess
from engine.runtime.runtime import Runtime


class Welcome:
    """For the server at `url`, whose start began at `began` (of `time.monotonic`).

    `demo`: nobody has to sign in. `password`: of the first administrator, where this start has made one.
    """

    def __init__(self, url: str, options: Namespace, began: float, demo: bool, password: str | None) -> None:
        self._url = url
        self._options = options
        self._began = began
        self._demo = demo
        self._password = password
        self._processes: list[str] = []

    async def deploy(self, runtime: Runtime) -> None:
        """Deploys the folder; what is unchanged is not deployed again. Raises CommandError."""
        folder = self._options.deploy
        if folder is None:
            return
        try:
            deployed = await runtime.deploy(await asyncio.to_thread(read_files, [folder]))
        except (CommandError, Rejection) as error:
            reason = error.reason if isinstance(error, Rejection) else str(error)
            raise CommandError(f"{folder} is not deployed: {' '.join(reason.split())}") from error
        self._processes = [item.process_id for item in deployed.deployments if isinstance(item, DeployedProcess)]

    def text(self) -> str:
        """A few lines: what is there, what to open, what to try."""
        seconds = time.monotonic() - self._began
        lines = [f"Pointsman is ready after {seconds:.1f} s.", f"  data      {self._where_data_is()}"]
        processes = self._processes
        if processes:
            lines.append(f"  deployed  {', '.join(processes)}")
        lines.append(f"  open      {self._url}   (the REST API is at {self._url}/v2, described at /docs)")
        lines += self._sign_in()
        lines += [f"  {'try' if number == 0 else '':10}{each}" for number, each in enumerate(self._tries(processes))]
        return "\n".join([*lines, "Ctrl-C stops it."])

    def _sign_in(self) -> list[str]:
        """Who one is in the browser, and the password that is told this once."""
        lines = []
        if self._demo:
            lines.append("  sign-in   none: everybody on this machine is the demo user (--sign-in asks for a password)")
        if self._password is not None:
            lines.append(f"  {'' if self._demo else 'sign-in':10}user {FIRST_ADMINISTRATOR}, password {self._password}")
            mend = f"`pointsman user password {FIRST_ADMINISTRATOR}` sets another"
            lines.append(f"  {'':10}The password is told only now; {mend}.")
        elif not self._demo:
            lines.append("  sign-in   with a user's name and password (`pointsman user list` has the names)")
        return lines

    def _tries(self, processes: list[str]) -> list[str]:
        command = _as_typed("pointsman")
        whom = "" if self._demo else f" --user {FIRST_ADMINISTRATOR if self._password else 'NAME'}"
        where = "" if self._url == (os.environ.get("POINTSMAN_URL") or DEFAULT_URL) else f" --url {self._url}"
        tries = ["deploy FILE…", "start PROCESS_ID"]
        if processes:
            tries = [f"start {processes[0]}", "instances", "show KEY"]
        return [f"{command} {each}{whom}{where}" for each in tries]

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
