"""The running service: commands in, durable answers out.

Theory of operation
-------------------
`Runtime` (runtime.py) opens and closes everything together. A command that is executed waits in the queue until a
lane of the commit loop takes it, with whatever else waits, into a batch: one transaction that locks the instances,
brings them into memory, lets the machine advance them, and writes the rows. The answer is given after COMMIT. Several
runtimes, in as many processes as one likes, work on one database; row locks keep the commands of an instance in order.

From above to below; each may use what stands below it:

    runtime.py        opens and closes everything together
    background/       what happens by itself: timers, batch operations, retention, what is left behind
    events/           what reaches instances from outside: messages, signals, conditions, and what these start
    changes.py        who wants to know that something has changed; history.py, an instance as it was
    idempotency.py    a repeated start gets the first answer; business_ids.py
    evaluations.py    decisions that clients ask for; migration_plans.py, how an instance may go to another version
    jobs/             jobs find workers
    commits/          the way of a command, from the queue to the answer
    deployed/         what is deployed, in memory and compiled; files become versions
    completion.py     waiting for an instance to end; notifications.py, hints between processes
    postgres/         connections, and a PostgreSQL where there is none
    results.py        what is answered; errors.py, what can go wrong
    actor.py          who acts; clock.py; memory.py, when garbage is looked for
"""
