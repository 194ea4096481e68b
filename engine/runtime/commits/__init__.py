"""The way of a command: from the queue into a transaction, and from COMMIT to its answer.

    loop.py          lanes, retries, answers
    queue.py         what waits, by instance
    batch.py         one transaction; intake.py, what it locks and reads; aftermath.py, what becomes of its commands
    participants.py  the steps at which others take part in it
    context.py       what a batch needs of the runtime
    cache.py         instances in memory; targets.py, from the key of a job, timer, … to its instance
"""
