"""The pure machine: an instance, a command and the time go in, events come out.

Theory of operation
-------------------
`advance` (advance.py) is the only way an instance moves. It takes a compiled `Graph` (graph.py), an `Instance`
(state.py) and one command (commands.py), and works through a queue of small steps until nothing more can happen
without the outside world: a worker, a person, a message or the clock. Behaviour never touches the state: it
*proposes* events (events.py), and `apply` (apply.py), the only mutator, changes the instance by them at once. The
list of events is the command's history; applied to the same earlier state anywhere else, it gives the same state.

What crosses the border of one instance (a called process, a signal, a message) leaves as *follow-up commands*,
which the runtime stores in the same transaction and executes after it.

Nothing here knows a database, a socket, a clock or a random number: the time and new keys are arguments. Nothing
here knows a BPMN element either: `Node.behavior` (engine/elements) and `Node.trigger` (engine/triggers) do.

    lifecycle.py  the states of an element instance and the moves between them, as tables
    graph.py      what a process definition compiles to
    state.py      what one running instance is, in memory
    events.py     what can have happened
    commands.py   what can be asked
    apply.py      event → state
    advance.py    command → events

    work.py       the queue of one command, and the life cycle of an element instance
    handlers.py   what each command does; workers.py those of jobs, people.py those of user tasks
    starting.py   how an instance begins; joint_starts.py where several things must come for it
    catching.py   events around elements; throwing.py errors and escalations; conditions.py; compensating.py
    listening.py  execution listeners
    suspending.py what waits until an instance is resumed
    modifying.py  tokens put, taken away and moved; migrating.py to another definition
    values.py     variables; names.py, how long a name may be; business_ids.py; jobs.py, the jobs of an element
"""
