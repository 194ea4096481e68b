"""Users, groups and roles, and what must not happen to them."""

from __future__ import annotations

import asyncio

import pytest

from engine.identity import Role
from engine.identity.demo import add_demo_people, demo_identity
from engine.identity.errors import AlreadyExists, InvalidEntry, LastAdministrator, NotFound
from engine.identity.people import People

pytestmark = pytest.mark.anyio


async def test_roles_come_from_the_user_and_from_the_groups(people: People, ada: str) -> None:
    directory = people.directory
    await directory.add_group("night-shift", "Night shift")
    await directory.set_group_roles("night-shift", [Role.OPERATOR])
    await directory.set_roles(ada, [Role.USER])
    await directory.change_user(ada, groups=["night-shift"])
    identity = await directory.identity(ada)
    assert identity is not None
    assert identity.roles == {Role.USER, Role.OPERATOR}
    assert identity.groups == {"night-shift"}
    assert (await directory.group("night-shift")).members == ["ada"]
    await directory.remove_group("night-shift")
    assert (await directory.person(ada)).groups == []


@pytest.mark.parametrize(("role", "allowed"), [
    (Role.ADMINISTRATOR, set(Role)),
    (Role.OPERATOR, {Role.OPERATOR, Role.USER}),
    (Role.MODELER, {Role.MODELER, Role.USER}),
    (Role.USER, {Role.USER}),
])  # fmt: skip
async def test_what_each_role_allows(people: People, ada: str, role: Role, allowed: set[Role]) -> None:
    await people.directory.set_roles(ada, [role])
    identity = await people.directory.identity(ada)
    assert identity is not None
    assert {each for each in Role if identity.may(each)} == allowed


async def test_somebody_without_a_role_may_nothing(people: People, ada: str) -> None:
    identity = await people.directory.identity(ada)
    assert identity is not None
    assert not any(identity.may(role) for role in Role)


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("two words", "long enough", "username"),
        ("", "long enough", "username"),
        ("<script>", "long enough", "username"),
        ("bob", "short", "password"),
        ("bobbyboy", "BobbyBoy", "password"),
        ("bob", "x" * 257, "password"),
    ],
)
async def test_what_no_user_can_be(people: People, username: str, password: str, field: str) -> None:
    with pytest.raises(InvalidEntry) as refused:
        await people.directory.add_user(username, password)
    assert refused.value.field == field


@pytest.mark.parametrize("email", ["nowhere", "a@" + "b" * 256])
async def test_what_no_address_can_be(people: People, ada: str, email: str) -> None:
    with pytest.raises(InvalidEntry, match=r"^An e-mail address ") as refused:
        await people.directory.change_user(ada, email=email)
    assert refused.value.field == "email"


async def test_names_differ_by_more_than_upper_case(people: People, ada: str) -> None:
    with pytest.raises(AlreadyExists):
        await people.directory.add_user("Ada", "long enough")


async def test_a_user_in_a_group_that_does_not_exist_is_not_made(people: People) -> None:
    with pytest.raises(NotFound, match="There is no group 'ghosts'"):
        await people.directory.add_user("bob", "long enough", groups=["ghosts"])
    with pytest.raises(NotFound):
        await people.directory.person("bob")


async def test_changes_touch_what_is_given(people: People, ada: str) -> None:
    await people.directory.change_user(ada, email="ada@example.org")
    await people.directory.change_user(ada, name="Ada, Countess of Lovelace")
    person = await people.directory.person(ada)
    assert (person.name, person.email) == ("Ada, Countess of Lovelace", "ada@example.org")
    await people.directory.change_user(ada, email="")
    assert (await people.directory.person(ada)).email is None


async def test_people_are_found_by_any_part_of_their_names(people: People, ada: str) -> None:
    await people.directory.add_user("bob_b", None, name="Bob 100%")
    expected = {"lovel": ["ada"], "b_b": ["bob_b"], "100%": ["bob_b"], "_da": [], "": ["ada", "bob_b"]}
    for text, found in expected.items():
        matching, count = await people.directory.people(text)
        assert ([person.username for person in matching], count) == (found, len(found))


async def test_the_last_administrator_stays(people: People, ada: str) -> None:
    directory = people.directory
    await directory.set_roles(ada, [Role.ADMINISTRATOR])
    with pytest.raises(LastAdministrator):
        await directory.set_roles(ada, [])
    with pytest.raises(LastAdministrator):
        await directory.set_active(ada, False)
    with pytest.raises(LastAdministrator):
        await directory.remove_user(ada)
    assert (await directory.person(ada)).roles == {Role.ADMINISTRATOR}


async def test_a_user_is_changed_as_a_whole_or_not_at_all(people: People, ada: str) -> None:
    directory = people.directory
    before = await directory.person(ada)
    with pytest.raises(NotFound, match="dissolved"):
        await directory.change_user(ada, name="Countess", roles=[Role.OPERATOR], groups=["dissolved"], active=False)
    assert await directory.person(ada) == before


async def test_two_administrators_do_not_remove_each_other(people: People, neighbour: People, ada: str) -> None:
    await people.directory.add_user("bob", "long enough", roles=[Role.ADMINISTRATOR])
    await people.directory.set_roles(ada, [Role.ADMINISTRATOR])
    removed = await asyncio.gather(
        people.directory.remove_user(ada), neighbour.directory.remove_user("bob"), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in removed) == ["LastAdministrator", "NoneType"]


async def test_switching_an_account_off_or_changing_its_password_ends_its_sessions(people: People, ada: str) -> None:
    first, second = await people.sessions.open(ada), await people.sessions.open(ada)
    session = await people.sessions.find(first)
    assert session is not None
    await people.directory.set_password(ada, "battery staple", keep_session=session.id)
    assert await people.sessions.find(second) is None
    assert await people.sessions.find(first) is not None
    await people.directory.set_active(ada, False)
    assert await people.sessions.find(first) is None


async def test_demo_people_are_made_once_and_cannot_sign_in(people: People, neighbour: People) -> None:
    await asyncio.gather(add_demo_people(people.directory), add_demo_people(neighbour.directory))
    everybody, count = await people.directory.people()
    assert count == 6
    assert not any(person.has_password for person in everybody)
    await people.directory.remove_user("oscar")
    await add_demo_people(people.directory)
    assert (await people.directory.people())[1] == 5


async def test_demo_people_do_not_come_to_a_database_that_is_in_use(people: People, ada: str) -> None:
    await add_demo_people(people.directory)
    assert (await people.directory.people())[1] == 1


async def test_on_a_demonstration_one_acts_as_somebody_without_a_password_only(people: People, ada: str) -> None:
    await people.directory.add_group("clerks", "Clerks")
    await people.directory.add_user("clara", None, roles=[Role.USER])
    assert (await demo_identity(people.directory, "clara")).username == "clara"
    everybody = await demo_identity(people.directory, "ada")
    assert (everybody.username, everybody.groups, everybody.demo) == ("demo", {"clerks"}, True)
