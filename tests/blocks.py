"""Random block-structured processes, for Hypothesis to draw: each block has one way in and one way out.

`SHARED` are those that other engines know, too. `OWN` are all of which it is certain that they complete when every job
is completed and time passes. A `Writer` turns a block into a file, with the variables that decide on its way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

from hypothesis import strategies as st

from tests.models import flows, job, model, tags

HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"


class Block:
    """A part of a process with one way in and one way out."""

    def write(self, writer: Writer) -> Part:
        raise NotImplementedError


@dataclass
class Part:
    """The XML of a block, and the ids of its first and last element."""

    xml: str
    first: str
    last: str


@dataclass
class Writer:
    """Gives ids, and collects the variables that decide."""

    numbers: count[int] = field(default_factory=count)
    variables: dict[str, Any] = field(default_factory=dict)

    def id(self, kind: str) -> str:
        return f"{kind}_{next(self.numbers)}"

    def decision(self, value: bool) -> str:
        """The name of a variable with this value: a condition that both engines read."""
        name = self.id("decision")
        self.variables[name] = value
        return name

    def process(self, block: Block) -> bytes:
        part = block.write(self)
        ends = tags("startEvent", "start") + tags("endEvent", "end")
        return model(ends + part.xml, f"start -> {part.first}", f"{part.last} -> end")


def conditional(source: str, target: str, condition: str) -> str:
    """A sequence flow with a condition, written so that both engines read it."""
    return (
        f'<sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">'
        f"<conditionExpression>{condition}</conditionExpression></sequenceFlow>"
    )


@dataclass
class Task(Block):
    """Work: a job here, a task of a person there."""

    def write(self, writer: Writer) -> Part:
        id = writer.id("task")
        return Part(tags("userTask", id), id, id)


@dataclass
class Sequence(Block):
    """One after the other."""

    blocks: list[Block]

    def write(self, writer: Writer) -> Part:
        parts = [block.write(writer) for block in self.blocks]
        between = [f"{one.last} -> {next.first}" for one, next in pairwise(parts)]
        return Part("".join(part.xml for part in parts) + flows(*between), parts[0].first, parts[-1].last)


@dataclass
class Gateways(Block):
    """Branches between two gateways of a kind; with conditions, the last branch is the default."""

    tag: str
    branches: list[tuple[bool, Block]]

    def write(self, writer: Writer) -> Part:
        fork, join = writer.id("fork"), writer.id("join")
        parts = [(taken, block.write(writer)) for taken, block in self.branches]
        if self.tag == "parallelGateway":
            xml = tags(self.tag, fork) + flows(*(f"{fork} -> {part.first}" for _, part in parts))
        else:
            *chosen, (_, other) = parts
            xml = f'<{self.tag} id="{fork}" default="{fork}_to_{other.first}"/>' + flows(f"{fork} -> {other.first}")
            xml += "".join(conditional(fork, part.first, writer.decision(taken)) for taken, part in chosen)
        xml += tags(self.tag, join) + flows(*(f"{part.last} -> {join}" for _, part in parts))
        return Part(xml + "".join(part.xml for _, part in parts), fork, join)


@dataclass
class SubProcess(Block):
    """A scope of its own; `inside` comes first in it."""

    block: Block
    inside: str = ""

    def write(self, writer: Writer) -> Part:
        id, part = writer.id("sub"), self.block.write(writer)
        ends = tags("startEvent", f"{id}_start") + tags("endEvent", f"{id}_end")
        ways = flows(f"{id}_start -> {part.first}", f"{part.last} -> {id}_end")
        return Part(f'<subProcess id="{id}">{self.inside}{ends}{part.xml}{ways}</subProcess>', id, id)


@dataclass
class Each(Block):
    """Once for each of so many items, at the same time or one after the other."""

    block: Block
    size: int
    sequential: bool

    def write(self, writer: Writer) -> Part:
        items = str(list(range(self.size)))
        inside = (
            f'<multiInstanceLoopCharacteristics isSequential="{str(self.sequential).lower()}"><extensionElements>'
            f'<zeebe:loopCharacteristics inputCollection="={items}"/></extensionElements>'
            "</multiInstanceLoopCharacteristics>"
        )
        return SubProcess(self.block, inside).write(writer)


@dataclass
class Loop(Block):
    """Again and again, so many times in all."""

    block: Block
    times: int

    def write(self, writer: Writer) -> Part:
        entry, decide, script = writer.id("entry"), writer.id("decide"), writer.id("script")
        rounds = writer.id("rounds")
        writer.variables[rounds] = 0
        part = self.block.write(writer)
        xml = (
            tags("exclusiveGateway", entry)
            + f'<scriptTask id="{script}"><extensionElements>'
            f'<zeebe:script expression="={rounds} + 1" resultVariable="{rounds}"/></extensionElements></scriptTask>'
            f'<exclusiveGateway id="{decide}" default="{decide}_to_{decide}_out"/>'
            + tags("exclusiveGateway", f"{decide}_out")
            + conditional(decide, entry, f"={rounds} &lt; {self.times}")
            + flows(f"{entry} -> {part.first}", f"{part.last} -> {script} -> {decide} -> {decide}_out")
        )
        return Part(xml + part.xml, entry, f"{decide}_out")


def guarded(
    writer: Writer, block: Block, after: Block, what: str, definition: str, interrupting: bool, joined_by: str
) -> Part:
    """A sub-process with an event on it; what follows the event joins the way on."""
    sub, follows, merge = SubProcess(block).write(writer), after.write(writer), writer.id("merge")
    event = (
        f'<boundaryEvent id="{merge}_{what}" attachedToRef="{sub.first}" '
        f'cancelActivity="{str(interrupting).lower()}">{definition}</boundaryEvent>'
    )
    ways = flows(f"{sub.last} -> {merge}", f"{merge}_{what} -> {follows.first}", f"{follows.last} -> {merge}")
    return Part(sub.xml + follows.xml + event + tags(joined_by, merge) + ways, sub.first, merge)


@dataclass
class Late(Block):
    """A sub-process with a timer on it, that interrupts or not; what follows the timer joins the way on."""

    block: Block
    after: Block
    interrupting: bool

    def write(self, writer: Writer) -> Part:
        return guarded(writer, self.block, self.after, "late", HOUR, self.interrupting, "inclusiveGateway")


@dataclass
class Watched(Block):
    """A sub-process in which an event sub-process runs when an hour has passed, and interrupts it or not."""

    block: Block
    after: Block
    interrupting: bool

    def write(self, writer: Writer) -> Part:
        id, after = writer.id("watch"), self.after.write(writer)
        start = f'<startEvent id="{id}_start" isInterrupting="{str(self.interrupting).lower()}">{HOUR}</startEvent>'
        ways = flows(f"{id}_start -> {after.first}")
        watch = f'<subProcess id="{id}" triggeredByEvent="true">{start}{after.xml}{ways}</subProcess>'
        return SubProcess(self.block, watch).write(writer)


@dataclass
class Caught(Block):
    """A sub-process whose errors are caught; they are thrown by whoever does its jobs."""

    block: Block
    after: Block

    def write(self, writer: Writer) -> Part:
        caught = "<errorEventDefinition/>"
        return guarded(writer, self.block, self.after, "caught", caught, True, "exclusiveGateway")


@dataclass
class Undone(Block):
    """A job and what comes after it, of which the job is undone in the end; `whole`: as a scope of its own."""

    block: Block
    whole: bool

    def write(self, writer: Writer) -> Part:
        id, part = writer.id("done"), self.block.write(writer)
        xml = (
            job(id)
            + f'<boundaryEvent id="{id}_undone" attachedToRef="{id}"><compensateEventDefinition/></boundaryEvent>'
            + job(f"{id}_undo").replace(" id=", ' isForCompensation="true" id=', 1)
            + f'<association id="{id}_tie" sourceRef="{id}_undone" targetRef="{id}_undo"/>'
            + f'<intermediateThrowEvent id="{id}_throw"><compensateEventDefinition/></intermediateThrowEvent>'
            + flows(f"{id} -> {part.first}", f"{part.last} -> {id}_throw")
        )
        written = Part(xml + part.xml, id, f"{id}_throw")
        return SubProcess(Written(written)).write(writer) if self.whole else written


@dataclass
class Written(Block):
    """A block that is written already."""

    part: Part

    def write(self, writer: Writer) -> Part:
        return self.part


@dataclass
class Waiting(Block):
    """An event-based gateway between two timers of the same date."""

    branches: tuple[Block, Block]

    def write(self, writer: Writer) -> Part:
        id = writer.id("wait")
        parts = [block.write(writer) for block in self.branches]
        events = "".join(
            f'<intermediateCatchEvent id="{id}_{n}">{HOUR}</intermediateCatchEvent>' for n in range(len(parts))
        )
        ways = [f"{id} -> {id}_{n} -> {part.first}" for n, part in enumerate(parts)]
        ways += [f"{part.last} -> {id}_merge" for part in parts]
        xml = tags("eventBasedGateway", id) + events + tags("exclusiveGateway", f"{id}_merge") + flows(*ways)
        return Part(xml + "".join(part.xml for part in parts), id, f"{id}_merge")


def _shared(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    """The blocks that both engines know, made of smaller ones."""
    branches = st.lists(st.tuples(st.booleans(), blocks), min_size=2, max_size=3)
    kinds = st.sampled_from(["exclusiveGateway", "parallelGateway", "inclusiveGateway"])
    return st.one_of(
        st.lists(blocks, min_size=1, max_size=3).map(Sequence),
        st.builds(Gateways, kinds, branches),
        st.builds(SubProcess, blocks),
    )


def _own(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    return st.one_of(
        _shared(blocks),
        st.builds(Each, blocks, st.integers(0, 3), st.booleans()),
        st.builds(Loop, blocks, st.integers(1, 3)),
        st.builds(Late, blocks, blocks, st.booleans()),
        st.builds(Watched, blocks, blocks, st.booleans()),
        st.builds(Caught, blocks, blocks),
        st.builds(Undone, blocks, st.booleans()),
        st.builds(Waiting, st.tuples(blocks, blocks)),
    )


SHARED = st.recursive(st.builds(Task), _shared, max_leaves=10)
OWN = st.recursive(st.builds(Task), _own, max_leaves=8)
