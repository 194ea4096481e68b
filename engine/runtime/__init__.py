"""The running service: commands in, durable answers out.

Theory of operation
-------------------
`Runtime` (runtime.py) opens and closes everything together. A command that is executed waits in the queue until a
lane of the commit loop takes it, with whatever else waits, into a batch: one transaction that locks the instances,
brings them into memory, lets the machine advance them, and writes the rows. The answer is given after COMMIT. Several
runtimes, in as many processes as one likes, work on one database; row locks keep the commands of an instance in order.

    the way of a command
        commit.py         the loop: lanes, retries, answers
        queue.py          what waits, by instance
        batch.py          one transaction; intake.py what it locks and reads; aftermath.py what becomes of its commands
        participants.py   the steps at which others take part in it
        cache.py          instances in memory
        targets.py        from the key of a job, timer, … to its instance
        definitions.py    what is compiled of what is deployed (catalog.py)
    who takes part
        jobs.py           jobs find workers: pushed (pushing.py) or polled (polling.py); leases.py checks their locks
        messages.py       messages find receivers (exchange.py, offers.py, message_starts.py); signals.py
        conditionals.py   conditional start events; evaluations.py decisions that clients ask for
        joint_starts.py   starts that need several things
        idempotency.py    a repeated start gets the first answer; business_ids.py
    what happens by itself
        services.py       the contract of background services
        timers.py         due timers; upkeep.py what is left behind; leadership.py who of several processes does it
        batch_operations.py  one thing done to many instances
        notifications.py  hints between processes
        changes.py        who wants to know that something has changed
    besides
        deployments.py    files (files.py) become versions
        completion.py     waiting for an instance to end; history.py an instance as it was
        database.py       connections (sending.py); embedded_postgres.py brings a PostgreSQL
        actor.py          who acts; clock.py, errors.py, results.py
"""
