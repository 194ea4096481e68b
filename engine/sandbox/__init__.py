"""The engine on a bench: processes run in memory, with a clock that an argument moves.

Theory of operation
-------------------
The machine is pure: the same commands at the same times give the same events. So a process can be played without a
server: a `Bench` (bench.py) holds the instances, carries out what follows from one for others as the runtime would
(called processes, messages, signals, start timers), and moves the time on request. Nothing is stored.

A `Sandbox` (sandbox.py) is a bench for people who try out what they draw. It is nothing but *sources* (files, in
shelf.py) and the *steps* (steps.py) taken since its beginning; its state is what replaying them gives. That makes
three things simple: a step back is a replay without the last step, a sandbox that is stored is a list of steps, and a
*scenario* (scenario.py) is a list of steps with what each of them led to, which can be run again on a later version
of the drawing to see what has changed. For this, a step names what it is for by element, not by key.

    bench.py      instances, time, and what follows from one for others
    mailbox.py    messages: who waits, what is kept, which correlation keys are taken
    start_timers.py  timer start events; joint_starts.py, starts that need several things
    shelf.py      what is deployed on the bench
    steps.py      what a person does; translation.py: the commands that it stands for
    waiting.py    what can be done next, and the variables, as plain values
    trail.py      what has happened: per instance for the picture, per step for the scenario
    sandbox.py    sources + steps → state
    automatic.py  the next step that needs no decision of a person
    scenario.py   steps kept, run again and compared
"""

from engine.sandbox.bench import Bench
from engine.sandbox.sandbox import Sandbox
from engine.sandbox.shelf import Shelf, Source

__all__ = ["Bench", "Sandbox", "Shelf", "Source"]
