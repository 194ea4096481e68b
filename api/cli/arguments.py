"""What can be typed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import engine

DEFAULT_URL = "http://127.0.0.1:8080"
ROLES = ("ADMINISTRATOR", "OPERATOR", "MODELER", "USER")  # engine.identity.Role, which would import the engine


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Nothing may be left: here it is known which command does not know it."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return found, left


def build_parser() -> argparse.ArgumentParser:
    """The parser; what it answers has `run`, the function that takes it and answers an exit code."""
    parser = _Parser(
        prog="pointsman",
        description="Executes BPMN processes as drawn.",
        epilog="exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no server answers",
    )
    parser.add_argument("--version", action="version", version=f"pointsman {engine.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_server_commands(commands)
    _add_client_commands(commands, _client_options())
    _add_local_commands(commands)
    return parser


def _client_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--url",
        default=os.environ.get("POINTSMAN_URL") or DEFAULT_URL,
        help=f"the server (default: POINTSMAN_URL, else {DEFAULT_URL})",
    )
    options.add_argument(
        "--user",
        default=os.environ.get("POINTSMAN_USER") or None,
        help="who asks, where the server wants to know (default: POINTSMAN_USER); the password is that of "
        "POINTSMAN_PASSWORD, else it is asked for",
    )
    options.add_argument("--json", action="store_true", help="print JSON, for scripts")
    options.add_argument("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help=argparse.SUPPRESS)
    return options


# ---- the server's side


def _add_server_commands(commands: Any) -> None:
    serve = commands.add_parser("serve", help="run a server", description="Runs a server until Ctrl-C.")
    serve.add_argument(
        "--host", type=_host, default="127.0.0.1", help="the address to listen on (default: %(default)s)"
    )
    serve.add_argument("--port", type=_port, default=8080, help="0 takes any free one (default: %(default)s)")
    _add_database_options(serve)
    serve.add_argument(
        "--deploy", type=_folder, metavar="FOLDER", help="deploy all diagrams, decisions and forms in it"
    )
    serve.add_argument(
        "--sign-in",
        action="store_true",
        help="make everybody sign in, as is always done on other than loopback addresses",
    )
    serve.add_argument(
        "--behind-proxy",
        action="store_true",
        help="all requests come through a reverse proxy that sets X-Forwarded-For, -Proto and -Host; implies --sign-in",
    )
    serve.add_argument(
        "--unique-business-ids",
        action="store_true",
        help="let no two running instances of a process have the same business id",
    )
    serve.add_argument(
        "--keep-history",
        type=_days,
        default=os.environ.get("POINTSMAN_KEEP_HISTORY") or None,
        metavar="DAYS",
        help="forget instances that ended so many days ago (default: POINTSMAN_KEEP_HISTORY, else never)",
    )
    levels = ("debug", "info", "warning", "error")
    serve.add_argument("--log-level", choices=levels, default="warning", help="default: %(default)s")
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring a database to this version's schema")
    _add_database_options(migrate)
    migrate.set_defaults(run=_migrate)

    _add_user_commands(commands)

    # Whatever follows is for the benchmarks: no character begins an option here.
    bench = commands.add_parser("bench", help="measure this machine", add_help=False, prefix_chars="\0")
    bench.add_argument("arguments", nargs="*")
    bench.set_defaults(run=_bench)


def _add_database_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="a PostgreSQL of your own (default: POINTSMAN_DATABASE_URL, else an embedded one)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".pointsman"),
        metavar="FOLDER",
        help="where the embedded PostgreSQL keeps its data (default: %(default)s)",
    )


def _add_user_commands(commands: Any) -> None:
    """Straight on the database, so that whoever may use it can also let people in again."""
    user = commands.add_parser("user", help="list, add and change users of a database")
    actions = user.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list users, their roles and groups")
    add = actions.add_parser("add", help="add a user; asks for a password")
    password = actions.add_parser("password", help="give a user another password; ends the user's sessions")
    roles = actions.add_parser("roles", help="give a user these roles and no others")
    for parser in (add, password, roles):
        parser.add_argument("username", metavar="USER")
    for parser in (add, password):
        parser.add_argument(
            "--generate", action="store_true", help="make a password up and print it (default: ask, or read a pipe)"
        )
    add.add_argument("--name", default="", help="as people write it")
    add.add_argument("--email", default="")
    add.add_argument("--group", action="append", default=[], help="may be given several times")
    add.add_argument("--role", action="append", default=[], type=_role, metavar="ROLE", help="the same")
    roles.add_argument("roles", nargs="*", type=_role, metavar="ROLE", help=", ".join(ROLES).lower())
    for name, parser in (("list", listing), ("add", add), ("password", password), ("roles", roles)):
        _add_database_options(parser)
        parser.set_defaults(run=_user_command(name))


def _user_command(name: str) -> Any:
    def run(options: argparse.Namespace) -> int:
        from api.cli import users

        return users.run(name, options)

    return run


def _serve(options: argparse.Namespace) -> int:
    from api.cli.server import serve

    return serve(options)


def _migrate(options: argparse.Namespace) -> int:
    from api.cli.server import migrate_database

    return migrate_database(options)


def _bench(options: argparse.Namespace) -> int:
    from api.cli.server import bench

    return bench(options.arguments)


# ---- the client's side


def _add_client_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    deploy = commands.add_parser("deploy", parents=[common], help="deploy files: all of them or none")
    deploy.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, or a folder of them")
    deploy.add_argument("--tenant", help="default: the default tenant")
    deploy.set_defaults(run=_client_command("deploy"))

    _add_start(commands, common)

    instances = commands.add_parser("instances", parents=[common], help="list instances, the newest first")
    instances.add_argument("--process", metavar="PROCESS_ID")
    states = ("ACTIVE", "COMPLETED", "TERMINATED", "SUSPENDED")
    instances.add_argument("--state", choices=states, type=str.upper)
    instances.add_argument(
        "--with-incident", action="store_true", help="only those that somebody must look at"
    )
    instances.add_argument("--business-id")
    _add_limit(instances)
    instances.set_defaults(run=_client_command("instances"))

    show = commands.add_parser("show", parents=[common], help="show the elements of an instance as a tree")
    show.add_argument("key", type=_key, metavar="KEY", help="of the instance")
    show.add_argument(
        "--limit", type=_count, default=20, help="elements shown of one scope (default: %(default)s)"
    )
    show.set_defaults(run=_client_command("show"))

    jobs = commands.add_parser("jobs", parents=[common], help="list jobs, the newest first")
    jobs.add_argument("--type")
    jobs.add_argument("--state", type=str.upper, help="CREATED, COMPLETED, FAILED, …")
    jobs.add_argument("--instance", type=_key, metavar="KEY")
    _add_limit(jobs)
    jobs.set_defaults(run=_client_command("jobs"))

    incidents = commands.add_parser(
        "incidents", parents=[common], help="list open incidents, the newest first"
    )
    incidents.add_argument("--all", action="store_true", help="resolved ones too")
    incidents.add_argument("--process", metavar="PROCESS_ID")
    incidents.add_argument("--instance", type=_key, metavar="KEY")
    _add_limit(incidents)
    incidents.set_defaults(run=_client_command("incidents"))

    resolve = commands.add_parser("resolve", parents=[common], help="try again what an incident stopped")
    resolve.add_argument("keys", nargs="+", type=_key, metavar="KEY", help="of the incident")
    resolve.add_argument(
        "--retries", type=_count, default=1, help="given to a job that has none left (default: %(default)s)"
    )
    resolve.set_defaults(run=_client_command("resolve"))


def _add_start(commands: Any, common: argparse.ArgumentParser) -> None:
    start = commands.add_parser("start", parents=[common], help="start an instance")
    start.add_argument("process_id", metavar="PROCESS_ID")
    start.add_argument(
        "--variables",
        type=_variables,
        default={},
        metavar="JSON",
        help="an object; @FILE reads it from a file, - from standard input",
    )
    start.add_argument("--version", type=_count, metavar="NUMBER", help="default: the latest")
    start.add_argument("--business-id")
    start.add_argument("--tag", action="append", default=[], help="may be given several times")
    start.add_argument("--tenant", help="default: the default tenant")
    start.add_argument(
        "--idempotency-key",
        type=_idempotency_key,
        metavar="TEXT",
        help="repeating the start with it starts nothing twice",
    )
    start.add_argument(
        "--wait", type=_seconds, metavar="SECONDS", help="wait that long for the end, and print the variables"
    )
    start.set_defaults(run=_client_command("start"))


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_count, default=50, help="how many are listed (default: %(default)s)")


def _client_command(name: str) -> Any:
    def run(options: argparse.Namespace) -> int:
        from api.cli import commands
        from api.cli.client import Client

        waiting = getattr(options, "wait", None) or 0.0
        with Client(options.url, options.timeout + waiting, options.user) as client:
            getattr(commands, name)(client, options)
        return 0

    return run


# ---- what needs no server


def _add_local_commands(commands: Any) -> None:
    feel = commands.add_parser(
        "feel",
        help="evaluate a FEEL expression",
        description="Prints the value of a FEEL expression as JSON. Needs no server.",
        epilog="""example: pointsman feel 'amount * 1.19' --context '{"amount": 100}'""",
    )
    feel.add_argument("expression", metavar="EXPRESSION", help="may begin with =, as in a model")
    _add_variables(feel, "--context")
    feel.add_argument("--json", action="store_true", help="print value and warnings as JSON, for scripts")
    feel.set_defaults(run=_local_command("evaluate_expression"))

    decide = commands.add_parser(
        "decide",
        help="evaluate a decision of a DMN file",
        description="Prints each decision that was evaluated: its value, inputs and matched rules. Needs no server.",
        epilog="""example: pointsman decide discount.dmn --decision discount --variables '{"amount": 100}'""",
    )
    decide.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a DMN file, and those that it imports")
    decide.add_argument("--decision", metavar="ID", help="or name; may be left out where there is only one")
    _add_variables(decide, "--variables")
    decide.add_argument("--json", action="store_true", help="print everything as JSON, for scripts")
    decide.set_defaults(run=_local_command("decide"))


def _add_variables(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        name,
        type=_variables,
        default={},
        metavar="JSON",
        help="the variables, an object; @FILE reads it from a file, - from standard input",
    )


def _local_command(name: str) -> Any:
    def run(options: argparse.Namespace) -> int:
        from api.cli import evaluate

        return int(getattr(evaluate, name)(options))

    return run


# ---- types


def _variables(text: str) -> dict[str, Any]:
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        value = json.loads(text)
        json.dumps(value, allow_nan=False)  # Python also reads NaN and 1e999, which JSON does not have
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise argparse.ArgumentTypeError("nested too deeply") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('variables are a JSON object, for example {"amount": 12}')
    return value


def _key(text: str) -> str:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"a key is a number; found {text!r}")
    return text


def _idempotency_key(text: str) -> str:
    if not 0 < len(text) <= 256 or not text.isascii() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"expected 1 to 256 printable ASCII characters; found {text!r}")
    return text


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1; found {text!r}")
    return int(text)


def _role(text: str) -> str:
    if text.upper() not in ROLES:
        raise argparse.ArgumentTypeError(f"a role is one of {', '.join(ROLES).lower()}; found {text!r}")
    return text.upper()


def _host(text: str) -> str:
    if not text:  # it would mean every address of this machine
        raise argparse.ArgumentTypeError("expected an address; 0.0.0.0 listens on all of this machine")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535; found {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0; found {text!r}")
    return seconds


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < 1e5:
        raise argparse.ArgumentTypeError(f"expected a number of days; found {text!r}")
    return days


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return Path(text)
