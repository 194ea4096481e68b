"""The `pointsman` command.

    pointsman serve      the server, with a PostgreSQL of its own unless a URL names another
    pointsman migrate    brings a database to this version's schema
    pointsman bench      measures this machine
    pointsman user       lists, adds and changes users, straight on the database
    pointsman deploy, start, instances, show, jobs, incidents, resolve
                         speak REST to a running server (--url or POINTSMAN_URL)
    pointsman feel, decide
                         try out an expression or a decision, without a server

    arguments.py   what can be typed          client.py   REST over the standard library
    server.py      serve, migrate, bench      commands.py one function per command of a client
    welcome.py     what a new server says     tree.py     what `show` prints
    errors.py      exit codes                 output.py   tables, times, JSON
    evaluate.py    feel, decide             users.py    user

Exit codes: 0 done; 1 refused or failed, the reason in one line; 2 wrong usage; 3 the server is not reachable.
Only what a command needs is imported: `pointsman --help` loads neither the engine nor a web framework.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence

from api.cli.arguments import build_parser
from api.cli.errors import CommandError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit code. `arguments` are the process's own where none are given."""
    options = build_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Unicode still shows the rest
    try:
        exit_code = int(options.run(options))
        print(end="", flush=True)  # while it can still be told that a disk is full; does nothing where output is closed
        return exit_code
    except CommandError as error:
        print(f"pointsman: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        _write_nowhere()
        return 0
    except OSError as error:  # a disk that is full, a folder that is closed to us
        _write_nowhere()
        about = f"{error.filename}: " if error.filename else ""
        print(f"pointsman: {about}{error.strerror or error}.", file=sys.stderr)
        return 1


def _write_nowhere() -> None:
    """What is still in the buffer of standard output, so that the interpreter's end does not fail on it."""
    with contextlib.suppress(io.UnsupportedOperation, AttributeError):  # it is no file, or closed from the beginning
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
