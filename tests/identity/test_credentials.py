"""Passwords: right, wrong, guessed, changed."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from engine.identity.errors import TooManyAttempts, WrongCredentials
from engine.identity.passwords import Passwords
from engine.identity.people import People, add_first_administrator
from engine.runtime.clock import FakeClock
from tests.identity.conftest import MINUTE, SECOND

pytestmark = pytest.mark.anyio


async def outcome(people: People, username: str, password: str, address: str = "a") -> Any:
    """The user name of who signed in, or the kind of the refusal."""
    try:
        return (await people.credentials.verify(username, password, address)).username
    except (WrongCredentials, TooManyAttempts) as error:
        return type(error)


async def test_the_right_password_tells_who_somebody_is(people: People, ada: str) -> None:
    assert await outcome(people, "ada", "correct horse") == "ada"
    assert await outcome(people, "ADA", "correct horse") == "ada"
    assert await outcome(people, "ada", "correct horsf") is WrongCredentials
    assert await outcome(people, "eve", "correct horse") is WrongCredentials
    assert await outcome(people, "", "") is WrongCredentials
    assert await outcome(people, "a\0", "x" * 10_000) is WrongCredentials


async def test_accounts_without_a_password_or_switched_off_open_to_nobody(people: People, ada: str) -> None:
    await people.directory.add_user("played", None)
    await people.directory.set_active(ada, False)
    assert await outcome(people, "played", "") is WrongCredentials
    assert await outcome(people, "ada", "correct horse") is WrongCredentials


async def test_a_letter_that_only_resembles_another_in_lower_case_is_another(people: People) -> None:
    await people.directory.add_user("kim", "correct horse")
    assert await outcome(people, "KIM", "correct horse") == "kim"
    assert await outcome(people, "\u212aIM", "correct horse") is WrongCredentials  # the sign of kelvin


async def test_a_password_is_known_however_its_letters_were_composed(people: People) -> None:
    await people.directory.add_user("zoe", "Zoe\u0308 Zoe\u0308 Zoe\u0308")
    assert await outcome(people, "zoe", "Zo\u00eb Zo\u00eb Zo\u00eb") == "zoe"


async def test_guessing_gets_slower_over_all_server_processes(
    people: People, neighbour: People, ada: str, clock: FakeClock
) -> None:
    for guess in range(5):
        server = (people, neighbour)[guess % 2]
        assert await outcome(server, "ada", f"guess {guess}", f"address {guess}") is WrongCredentials
    assert await outcome(people, "ada", "correct horse", "home") is TooManyAttempts
    clock.advance(2 * SECOND)
    assert await outcome(people, "ada", "guess 6", "elsewhere") is WrongCredentials
    clock.advance(1 * SECOND)
    assert await outcome(neighbour, "ada", "correct horse", "home") is TooManyAttempts
    clock.advance(MINUTE)
    assert await outcome(people, "ada", "correct horse", "home") == "ada"
    assert await outcome(people, "ada", "guess 7", "home") is WrongCredentials


async def test_a_thousand_guesses_at_the_same_moment_are_not_looked_at(people: People, ada: str) -> None:
    outcomes = await asyncio.gather(*(outcome(people, "ada", f"guess {n}", f"address {n}") for n in range(50)))
    assert outcomes.count(WrongCredentials) == 5
    assert outcomes.count(TooManyAttempts) == 45


async def test_one_address_does_not_try_every_user(people: People, ada: str, clock: FakeClock) -> None:
    for n in range(20):
        assert await outcome(people, f"user{n}", "password", "evil") is WrongCredentials
    assert await outcome(people, "ada", "correct horse", "evil") is TooManyAttempts
    assert await outcome(people, "ada", "correct horse", "home") == "ada"


async def test_an_address_that_has_to_wait_keeps_nobody_else_waiting(
    people: People, ada: str, database_url: str
) -> None:
    for n in range(60):
        await outcome(people, f"user{n}", "password", "evil")
    for _ in range(10):
        assert await outcome(people, "ada", "guess", "evil") is TooManyAttempts
    assert await outcome(people, "ada", "correct horse", "home") == "ada"
    with psycopg.connect(database_url) as connection:
        [rows] = connection.execute("SELECT count(*) FROM sign_in_failure").fetchone() or [0]
    assert rows == 20 + 2  # the users before the pause, and two addresses


async def test_the_addresses_of_one_network_of_version_6_count_as_one(people: People, ada: str) -> None:
    for n in range(20):
        assert await outcome(people, f"user{n}", "password", f"2001:db8:0:1::{n:x}") is WrongCredentials
    assert await outcome(people, "ada", "correct horse", "2001:db8:0:1:ffff::1") is TooManyAttempts
    assert await outcome(people, "ada", "correct horse", "2001:db8:0:2::1") == "ada"


async def test_one_worker_with_a_wrong_password_does_not_shut_out_its_neighbours(
    people: People, ada: str, clock: FakeClock
) -> None:
    for _ in range(500):
        await outcome(people, "worker", "old password", "office")
        clock.advance(20 * SECOND)
    assert await outcome(people, "ada", "correct horse", "office") == "ada"


async def test_a_hash_with_the_parameters_of_yesterday_is_renewed(
    people: People, ada: str, database_url: str, clock: FakeClock
) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    async with People(database_url, passwords=stronger, clock=clock) as tomorrow:
        assert await outcome(tomorrow, "ada", "correct horse") == "ada"
    with psycopg.connect(database_url) as connection:
        [hashed] = connection.execute("SELECT password FROM user_account").fetchone() or [""]
    assert "t=2" in hashed
    assert await outcome(people, "ada", "correct horse") == "ada"


async def test_programs_pay_for_argon2_once(people: People, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    verify = Passwords.verify

    async def counting(self: Passwords, password: str, hashed: str | None) -> bool:
        looked.append(password)
        return await verify(self, password, hashed)

    monkeypatch.setattr(Passwords, "verify", counting)
    together = [people.credentials.verify_again("ada", "correct horse") for _ in range(20)]
    assert {identity.username for identity in await asyncio.gather(*together)} == {"ada"}
    await people.credentials.verify_again("ada", "correct horse")
    assert len(looked) == 1


async def test_a_new_password_is_noticed_by_other_processes_within_seconds(
    people: People, neighbour: People, ada: str, clock: FakeClock
) -> None:
    await neighbour.credentials.verify_again("ada", "correct horse")
    await people.directory.set_password("ada", "battery staple")
    clock.advance(5 * SECOND)
    with pytest.raises(WrongCredentials):
        await neighbour.credentials.verify_again("ada", "correct horse")
    assert (await neighbour.credentials.verify_again("ada", "battery staple")).username == "ada"


async def test_of_servers_that_start_together_one_prints_the_password_of_the_first_administrator(
    people: People, database_url: str
) -> None:
    passwords = await asyncio.gather(*(add_first_administrator(database_url) for _ in range(3)))
    [password] = [each for each in passwords if each is not None]
    identity = await people.credentials.verify("admin", password)
    assert identity.roles == {"ADMINISTRATOR"}
    assert await add_first_administrator(database_url) is None
