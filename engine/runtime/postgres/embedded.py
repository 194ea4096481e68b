"""A PostgreSQL server of our own, for a machine where nothing is prepared.

    with EmbeddedPostgres(Path(".pointsman/postgres")) as server:
        connect(server.url)

Theory of operation. One directory holds everything:

    data/            the cluster (`initdb` writes it elsewhere first and it is renamed: never half made)
    postgres.log     what PostgreSQL says
    start.lock       held (exclusive) while the server is being started or stopped
    users.lock       held (shared) by every process that uses the server

Several processes may use one directory. The first one starts the server, the next ones find it running,
and who leaves last stops it: the last is the one that gets `users.lock` exclusively. The kernel drops the
locks of a killed process, so nothing is counted twice or forgotten; a server that outlived its users is
simply found running by the next one. After a kill -9 of the server itself PostgreSQL recovers from its log
at the next start.

A pid file alone proves nothing, since pids are reused: the server counts as running if the process is no
zombie and works in the data directory.

PostgreSQL listens on a Unix socket only, which is open to the account that started it. It refuses to run as
root, so for root it runs as the owner of the data, at first `nobody`. Where that account cannot reach the
directory (below a closed home), the cluster lives in /var/lib/pointsman and `home` is a link to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from engine.runtime.postgres.binaries import (
    SHARED_ROOT,
    Account,
    Binaries,
    PostgresUnavailable,
    find_binaries,
    reachable_copy,
)

__all__ = ["EmbeddedPostgres", "PostgresUnavailable", "temporary_postgres"]

# The limit of a socket's path is 103 bytes on macOS and 107 on Linux, `/.s.PGSQL.5432` included.
MAX_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")
SUPERUSER = "postgres"
POLL_SECONDS = 0.005
STOP_TIMEOUT_SECONDS = 60.0

# For many small transactions on a small machine. Full-page images are what checkpoints cost, so these are
# rare; statistics and vacuum keep up with tables that work like queues.
DEFAULT_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "autovacuum_vacuum_cost_limit": "1000",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}

# glibc gives memory back to the system at the end of every transaction and asks for it again in the next one: a tenth
# of what small transactions cost a backend. Other libraries do not read this.
MALLOC_SETTINGS: Mapping[str, str] = {
    "MALLOC_TOP_PAD_": str(4 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(8 * 2**20),
}


class EmbeddedPostgres:
    """Starts, shares and stops the server of one directory; see the module's text.

    `directory` is made where it is missing. `settings` are PostgreSQL settings that override ours. `database`
    is created where it is missing. `start_timeout` (seconds) bounds how long recovery may take.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        settings: Mapping[str, str] | None = None,
        database: str = "pointsman",
        start_timeout: float = 300.0,
    ) -> None:
        self.directory = Path(directory).absolute()
        self.database = database
        self._settings = dict(settings or {})
        self._start_timeout = start_timeout
        self._account = Account.for_postgres(self.directory)
        self._users: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    # ---- for the user

    @property
    def url(self) -> str:
        """The libpq URL of `database`. Valid while the server runs."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        """The libpq URL of another database on this server."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> str:
        """Starts the server, or joins the one that runs, and answers its URL.

        Raises PostgresUnavailable where the directory cannot be used, and with the last lines of PostgreSQL's log where
        it does not come up.
        """
        if self._users is not None:
            return self.url
        with self._told_in_words():
            self._prepare_folders()
            with self._starting_or_stopping():
                self._launch_or_join()
        return self.url

    def revive(self) -> bool:
        """Starts the server again if it has ended since `start`; answers whether it had. Raises what `start` raises."""
        if self._process is not None:
            self._process.poll()  # until then a child that has ended keeps its pid, and others from starting
        if self._users is None or self._running() is not None:
            return False
        with self._told_in_words(), self._starting_or_stopping():
            if self._is_ready():  # another user was faster
                return False
            self._launch()
        return True

    def stop(self) -> None:
        """Leaves the server, and stops it if nobody else uses it. Does nothing where it was not started."""
        if self._users is None:
            return
        with self._starting_or_stopping():
            if self._is_last_user():
                self._shut_down()
            elif self._process is not None:
                self._process.returncode = 0  # no longer ours to wait for: it serves the others
            self._process = None
            self._users.close()
            self._users = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def erase(self) -> None:
        """Deletes the data for good. Raises PostgresUnavailable while somebody uses it."""
        if self.pid is not None:
            raise PostgresUnavailable(f"PostgreSQL (pid {self.pid}) still works in {self.data}.")
        home, sockets = self._home, self.socket_folder
        shutil.rmtree(self.data, ignore_errors=True)
        if home != self.directory:
            shutil.rmtree(home, ignore_errors=True)
            (self.directory / "home").unlink(missing_ok=True)
        if sockets != home:
            shutil.rmtree(sockets, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The pid of the running server, None where none runs."""
        process = self._running()
        return None if process is None else process.pid

    # ---- places

    @property
    def _home(self) -> Path:
        """Where the cluster is: the directory itself, unless PostgreSQL's account cannot get there."""
        link = self.directory / "home"
        if link.is_symlink():
            return link.readlink()
        if self._account is None or self._account.reaches(self.directory):
            return self.directory
        return SHARED_ROOT / _mark(self.directory)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self._home / "data"

    @property
    def log(self) -> Path:
        """The file that PostgreSQL writes its messages to."""
        return self.directory / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket: beside the data, unless that path is too long for a socket."""
        home = self._home
        if len(os.fsencode(home)) <= MAX_SOCKET_FOLDER:
            return home
        return Path(tempfile.gettempdir()) / f"pointsman-{_mark(home)}"

    def _prepare_folders(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        home = self._home
        home.mkdir(parents=True, exist_ok=True)
        link = self.directory / "home"
        if home != self.directory and not link.is_symlink():
            link.symlink_to(home)
        self._own(home)
        if self.socket_folder != home:
            self._prepare_socket_folder(self.socket_folder)

    def _prepare_socket_folder(self, folder: Path) -> None:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self._own(folder)
        owner = self._account.uid if self._account else os.geteuid()
        if folder.is_symlink() or folder.stat().st_uid != owner:
            raise PostgresUnavailable(f"{folder} belongs to somebody else; remove it, or shorten --data.")

    def _own(self, folder: Path) -> None:
        if self._account is not None:
            os.chown(folder, self._account.uid, self._account.gid)

    @contextlib.contextmanager
    def _told_in_words(self) -> Iterator[None]:
        """What the system refuses, as PostgresUnavailable."""
        try:
            yield
        except PermissionError as error:
            raise PostgresUnavailable(
                f"No access to {error.filename}: was {self.directory} made by another account?"
            ) from error
        except OSError as error:  # a disk that is full or may only be read, a file where a folder should be
            raise PostgresUnavailable(
                f"PostgreSQL cannot keep its data in {self.directory}: {error.strerror} (--data names another folder)."
            ) from error

    @contextlib.contextmanager
    def _starting_or_stopping(self) -> Iterator[None]:
        with _locked(self.directory / "start.lock", fcntl.LOCK_EX):
            yield

    # ---- is it running?

    def _pid_file(self) -> list[str]:
        """The lines of postmaster.pid: pid, data directory, start time, port, socket, address, key, state."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _running(self) -> psutil.Process | None:
        lines = self._pid_file()
        if not lines or not lines[0].isdigit():
            return None
        return self._working_here(int(lines[0]))

    def _working_here(self, pid: int) -> psutil.Process | None:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or Path(process.cwd()) != self.data.resolve():
                return None
        except psutil.Error:
            return None
        return process

    def _is_ready(self) -> bool:
        """Whether a server runs; one that is on its way up or down is waited for."""
        while self._running() is not None:
            state = self._pid_file()[7:8]
            if state and state[0].strip() == "ready":
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _is_last_user(self) -> bool:
        assert self._users is not None
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    # ---- up

    def _launch_or_join(self) -> None:
        try:
            if not self._is_ready():
                self._launch()
            self._create_database()
            self._users = _locked(self.directory / "users.lock", fcntl.LOCK_SH)
        except BaseException:
            if self._process is not None:  # nobody else can have joined it yet
                self._shut_down()
                self._process = None
            raise

    def _launch(self) -> None:
        binaries = self._binaries()
        if not self.data.exists():
            self._initialise(binaries)
        self._clear_stale_pid_file()
        with self.log.open("ab") as log:
            started_at = log.tell()
            self._process = subprocess.Popen(
                [binaries.postgres, "-D", self.data, *self._options(binaries)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for us; the server is stopped after us
                **self._as_account(),
            )
        self._await_ready(self._process, started_at)

    def _binaries(self) -> Binaries:
        version = self.data / "PG_VERSION"
        found = find_binaries(int(version.read_text()) if version.exists() else None)
        return found if self._account is None else reachable_copy(found, self._account)

    def _initialise(self, binaries: Binaries) -> None:
        with tempfile.TemporaryDirectory(dir=self._home, prefix="initdb-") as scratch:
            self._own(Path(scratch))
            fresh = Path(scratch) / "data"
            done = subprocess.run(
                [binaries.initdb, "-D", fresh, *self._initdb_options(binaries)],
                capture_output=True,
                check=False,
                text=True,
                **self._as_account(),
            )
            if done.returncode != 0:
                raise PostgresUnavailable(f"initdb failed in {self._home}: {done.stderr.strip()}")
            fresh.rename(self.data)

    def _initdb_options(self, binaries: Binaries) -> list[str]:
        options = [f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        if binaries.version >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self._settings.get("fsync") == "off":
            options.append("--no-sync")
        return options

    def _options(self, binaries: Binaries) -> list[str]:
        settings = dict(DEFAULT_SETTINGS)
        if binaries.supports_lz4():
            settings |= {"wal_compression": "lz4", "default_toast_compression": "lz4"}
        settings |= self._settings
        settings |= {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _as_account(self) -> dict[str, Any]:
        """Arguments of `subprocess` that matter for both programs: the account and a clean environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        common: dict[str, Any] = {"cwd": self._home, "env": {**MALLOC_SETTINGS, **kept, "LC_ALL": "C"}, "umask": 0o077}
        if self._account is not None:
            common |= {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        return common

    def _clear_stale_pid_file(self) -> None:
        """Removes what a killed server left, once none of its workers is left to write to the data.

        PostgreSQL itself takes a server for alive whose end its parent, another user, has not looked at yet.
        """
        lines = self._pid_file()
        if not lines:
            return
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while _is_zombie(lines[0]) or any(self._working_here(pid) for pid in psutil.pids()):
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"A killed PostgreSQL's processes still work in {self.data}.")
            time.sleep(POLL_SECONDS)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _await_ready(self, process: subprocess.Popen[bytes], log_from: int) -> None:
        deadline = time.monotonic() + self._start_timeout
        while self._pid_file()[7:8] != ["ready   "]:
            if process.poll() is not None:
                raise PostgresUnavailable(f"PostgreSQL did not start: {self._last_words(log_from)}")
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"PostgreSQL was not ready after {self._start_timeout:g} s; see {self.log}."
                )
            time.sleep(POLL_SECONDS)

    def _last_words(self, log_from: int) -> str:
        with self.log.open("rb") as log:
            log.seek(log_from)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-5:]) or f"it said nothing; see {self.log}"

    def _create_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))

    # ---- down

    def _shut_down(self) -> None:
        """A fast shutdown: sessions end, a checkpoint is written. A server that hangs is stopped harder."""
        if not (self._ends_after(signal.SIGINT) or self._ends_after(signal.SIGQUIT)):
            raise PostgresUnavailable(f"PostgreSQL (pid {self.pid}) does not stop; see {self.log}.")
        if self._process is not None:
            self._process.wait()

    def _ends_after(self, request: signal.Signals) -> bool:
        process = self._running()
        if process is not None:
            process.send_signal(request)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while self._running() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


@contextlib.contextmanager
def temporary_postgres(settings: Mapping[str, str] | None = None) -> Iterator[EmbeddedPostgres]:
    """A server for the length of the block, with new data that is erased afterwards. For tests and measurements."""
    folder = Path(tempfile.mkdtemp(prefix="pointsman-"))
    folder.chmod(0o711)  # PostgreSQL may run under another account
    server = EmbeddedPostgres(folder, settings=settings)
    try:
        with server:
            yield server
    finally:
        server.erase()
        shutil.rmtree(folder, ignore_errors=True)


def _is_zombie(pid: str) -> bool:
    try:
        return bool(psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError):
        return False


def _locked(path: Path, operation: int) -> IO[bytes]:
    file = path.open("ab")
    try:
        fcntl.flock(file, operation)
    except BaseException:
        file.close()
        raise
    return file


def _mark(path: Path) -> str:
    return sha256(os.fsencode(path)).hexdigest()[:16]
