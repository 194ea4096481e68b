"""Who may use the database lets people in: `pointsman user`, and the password that the first start tells."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from api.cli import main
from api.cli.client import Client
from api.cli.errors import Refused
from tests.cli.conftest import Served

Serve = Callable[..., Served]


def told_password(welcome: str) -> str:
    return welcome.partition("user admin, password ")[2].split()[0]


def test_the_first_start_tells_the_password_of_the_administrator_and_no_other_does(
    serve: Serve, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = serve("--database-url", database_url, "--sign-in")
    monkeypatch.setenv("POINTSMAN_PASSWORD", told_password(first.welcome))
    with Client(first.url, user="admin") as client:
        assert client.get("/authentication/me")["roles"] == ["ADMINISTRATOR"]
    second = serve("--database-url", database_url)
    assert "password " not in second.welcome.replace("asks for a password", "")
    assert "everybody on this machine is the demo user" in second.welcome


def test_on_any_address_but_loopback_everybody_signs_in(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url, "--host", "0.0.0.0")
    assert "demo user" not in served.welcome
    with Client(served.url) as client, pytest.raises(Refused, match="name a user with --user"):
        client.get("/topology")


def test_the_folder_is_deployed_where_everybody_has_to_sign_in(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url, "--sign-in", "--deploy", "bpmn_samples")
    assert "food_order" in served.welcome


def test_somebody_who_is_locked_out_is_let_in_again(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--database-url", database_url)
    assert main(["user", "add", "ada", "--name", "Ada", "--role", "operator", "--generate", *where]) == 0
    assert capsys.readouterr().out.startswith("user ada, password ")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["user", "password", "ada", *where]) == 0
    assert main(["user", "roles", "ada", "administrator", "user", *where]) == 0
    assert main(["user", "list", *where]) == 0
    assert "ada   Ada   administrator, user          active" in capsys.readouterr().out
    assert main(["user", "roles", "ada", *where]) == 1
    assert "nobody who can sign in as administrator" in capsys.readouterr().err
    assert main(["user", "password", "bob", "--generate", *where]) == 1
    assert "There is no user 'bob'." in capsys.readouterr().err
