"""uuid() and random number() in a process: drawn once, when the expression is evaluated, and then history."""

from uuid import UUID

from tests.story import play


def test_a_uuid_is_one_and_never_comes_twice() -> None:
    first, second = (play("random.bpmn").variables["number"] for _ in range(2))

    assert str(UUID(first)) == first
    assert first != second


def test_a_random_number_lies_between_0_and_1() -> None:
    lots = [play("random.bpmn").variables["lot"] for _ in range(5)]

    assert all(0 <= lot < 1 for lot in lots)
    assert len(set(lots)) == 5
