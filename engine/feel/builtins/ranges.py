"""The relations between points and ranges, and `range(from)`.

Each compares ends with `order`: -1, 0 or 1, or None where two values have no order; then the answer is null.
"""

from __future__ import annotations

from typing import Any, Final

from engine.feel.builtins.registry import builtin, invocation
from engine.feel.cursor import phrases_of
from engine.feel.errors import FeelSyntaxError
from engine.feel.evaluation import Evaluation
from engine.feel.nodes import Call, Literal, Name, Negation, Node, RangeOf
from engine.feel.operations.arithmetic import negate
from engine.feel.operations.comparison import (
    conjunction,
    disjunction,
    equal,
    in_range,
    keys,
    negated,
    range_of,
)
from engine.feel.parser import Parser
from engine.feel.values import Range

Truth = bool | None


def order(run: Evaluation, left: Any, right: Any) -> int | None:
    pair = keys(run, left, right)
    return None if pair is None else (pair[0] > pair[1]) - (pair[0] < pair[1])


def is_before(run: Evaluation, left: Any, right: Any, touching: bool) -> Truth:
    """Whether `left` is less than `right`, or, where `touching` counts, equal."""
    found = order(run, left, right)
    return None if found is None else found < 0 or (touching and found == 0)


def same_end(run: Evaluation, left: Any, left_included: bool, right: Any, right_included: bool) -> Truth:
    found = order(run, left, right)
    return None if found is None else found == 0 and left_included == right_included


def both(run: Evaluation, *truths: Truth) -> Truth:
    result: Truth = True
    for truth in truths:
        result = conjunction(run, result, truth)
    return result


@builtin("before(point1: point, point2: point)")
def before_point(run: Evaluation, left: Any, right: Any) -> Truth:
    return is_before(run, left, right, False)


@builtin("before(point: point, range: range)")
def before_range(run: Evaluation, point: Any, range_: Range) -> Truth:
    return is_before(run, point, range_.start, not range_.start_included)


@builtin("before(range: range, point: point)")
def range_before(run: Evaluation, range_: Range, point: Any) -> Truth:
    return is_before(run, range_.end, point, not range_.end_included)


@builtin("before(range1: range, range2: range)")
def range_before_range(run: Evaluation, left: Range, right: Range) -> Truth:
    return is_before(run, left.end, right.start, not (left.end_included and right.start_included))


@builtin("after(point1: point, point2: point)")
def after_point(run: Evaluation, left: Any, right: Any) -> Truth:
    return is_before(run, right, left, False)


@builtin("after(point: point, range: range)")
def after_range(run: Evaluation, point: Any, range_: Range) -> Truth:
    return range_before(run, range_, point)


@builtin("after(range: range, point: point)")
def range_after(run: Evaluation, range_: Range, point: Any) -> Truth:
    return before_range(run, point, range_)


@builtin("after(range1: range, range2: range)")
def range_after_range(run: Evaluation, left: Range, right: Range) -> Truth:
    return range_before_range(run, right, left)


@builtin("meets(range1: range, range2: range)")
def meets(run: Evaluation, left: Range, right: Range) -> Truth:
    same = order(run, left.end, right.start)
    return None if same is None else same == 0 and left.end_included and right.start_included


@builtin("met by(range1: range, range2: range)")
def met_by(run: Evaluation, left: Range, right: Range) -> Truth:
    return meets(run, right, left)


@builtin("overlaps(range1: range, range2: range)")
def overlaps(run: Evaluation, left: Range, right: Range) -> Truth:
    apart = disjunction(run, range_before_range(run, left, right), range_before_range(run, right, left))
    return None if apart is None else negated(run, apart)


@builtin("overlaps before(range1: range, range2: range)")
def overlaps_before(run: Evaluation, left: Range, right: Range) -> Truth:
    """`left` begins first, and ends inside `right`, at the latest together with it."""
    starts = order(run, left.start, right.start)
    if starts is None:
        return None
    begins_first = starts < 0 or (starts == 0 and left.start_included and not right.start_included)
    return both(run, begins_first, overlaps(run, left, right), ends_no_later(run, left, right))


@builtin("overlaps after(range1: range, range2: range)")
def overlaps_after(run: Evaluation, left: Range, right: Range) -> Truth:
    return overlaps_before(run, right, left)


@builtin("finishes(point: point, range: range)")
def point_finishes(run: Evaluation, point: Any, range_: Range) -> Truth:
    return same_end(run, point, True, range_.end, range_.end_included)


@builtin("finishes(range1: range, range2: range)")
def finishes(run: Evaluation, left: Range, right: Range) -> Truth:
    return both(
        run,
        same_end(run, left.end, left.end_included, right.end, right.end_included),
        starts_no_earlier(run, left, right),
    )


def starts_no_earlier(run: Evaluation, left: Range, right: Range) -> Truth:
    return is_before(run, right.start, left.start, right.start_included or not left.start_included)


def ends_no_later(run: Evaluation, left: Range, right: Range) -> Truth:
    return is_before(run, left.end, right.end, right.end_included or not left.end_included)


@builtin("finished by(range: range, point: point)")
def finished_by_point(run: Evaluation, range_: Range, point: Any) -> Truth:
    return point_finishes(run, point, range_)


@builtin("finished by(range1: range, range2: range)")
def finished_by(run: Evaluation, left: Range, right: Range) -> Truth:
    return finishes(run, right, left)


@builtin("includes(range: range, point: point)")
def includes_point(run: Evaluation, range_: Range, point: Any) -> Truth:
    return in_range(run, point, range_)


@builtin("includes(range1: range, range2: range)")
def includes(run: Evaluation, left: Range, right: Range) -> Truth:
    return both(run, starts_no_earlier(run, right, left), ends_no_later(run, right, left))


@builtin("during(point: point, range: range)")
def point_during(run: Evaluation, point: Any, range_: Range) -> Truth:
    return in_range(run, point, range_)


@builtin("during(range1: range, range2: range)")
def during(run: Evaluation, left: Range, right: Range) -> Truth:
    return includes(run, right, left)


@builtin("starts(point: point, range: range)")
def point_starts(run: Evaluation, point: Any, range_: Range) -> Truth:
    return same_end(run, point, True, range_.start, range_.start_included)


@builtin("starts(range1: range, range2: range)")
def starts(run: Evaluation, left: Range, right: Range) -> Truth:
    return both(
        run,
        same_end(run, left.start, left.start_included, right.start, right.start_included),
        ends_no_later(run, left, right),
    )


@builtin("started by(range: range, point: point)")
def started_by_point(run: Evaluation, range_: Range, point: Any) -> Truth:
    return point_starts(run, point, range_)


@builtin("started by(range1: range, range2: range)")
def started_by(run: Evaluation, left: Range, right: Range) -> Truth:
    return starts(run, right, left)


@builtin("coincides(point1: point, point2: point)")
def points_coincide(run: Evaluation, left: Any, right: Any) -> Truth:
    return equal(run, left, right)


@builtin("coincides(range1: range, range2: range)")
def coincides(run: Evaluation, left: Range, right: Range) -> Truth:
    return both(
        run,
        same_end(run, left.start, left.start_included, right.start, right.start_included),
        same_end(run, left.end, left.end_included, right.end, right.end_included),
    )


ENDS: Final = ("date", "time", "date and time", "duration")
END_PHRASES: Final = phrases_of(ENDS)
STEPS_TO_PARSE: Final = 50


@builtin("range(from: string)")
def range_from_text(run: Evaluation, text: str) -> Range | None:
    """From `"[18..21)"`: the ends are literals, or dates, times and durations made from one."""
    run.charge(STEPS_TO_PARSE + len(text) // 10)
    try:
        node = Parser(text, spec=False, names={}, functions=END_PHRASES).parse_expression()
    except FeelSyntaxError as error:
        raise ValueError(f"{text[:60]!r} is not a range: {error}") from error
    if not isinstance(node, RangeOf):
        raise ValueError(f"{text[:60]!r} is not a range; expected for example '[1..10)'")
    start, end = end_value(run, node.start), end_value(run, node.end)
    if start is None and end is None:
        raise ValueError(f"{text[:60]!r} has no end that is a value")
    if (start is None and node.start_included) or (end is None and node.end_included):
        raise ValueError(f"{text[:60]!r} includes an end that is null")
    if start is not None and end is not None and order(run, start, end) not in (-1, 0):
        raise ValueError(f"{text[:60]!r} does not begin before its end")
    return range_of(run, start, end, node.start_included, node.end_included)


def end_value(run: Evaluation, node: Node) -> object:
    """The value of one end. ValueError for what is not constant."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Negation):
        return negate(run, end_value(run, node.operand))
    if (
        isinstance(node, Call)
        and isinstance(node.function, Name)
        and node.function.name in ENDS
        and not node.names
    ):
        values = [argument.value for argument in node.arguments if isinstance(argument, Literal)]
        if len(values) == len(node.arguments):
            return invocation(node.function.name, len(values))(run, *values)
    raise ValueError("the ends of a range must be literals here")
