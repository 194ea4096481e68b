"""What happens by itself, beside the commands.

    services.py          the contract of background services, and the group that runs them
    timers.py            due timers of instances, and start timers
    upkeep.py            what is left behind: locks of jobs that ran out, follow-ups of a process that was killed
    batch_operations.py  one thing done to many instances
    retention.py         what is old enough to be forgotten
    leadership.py        which of several processes does it; attempts.py, what to leave alone for a while
"""
