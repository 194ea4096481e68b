"""Jobs find workers.

    dispatch.py        who waits for jobs, and what becomes available for them
    pushing.py         a job from memory, as the worker gets it; polling.py, jobs from the rows
    leases.py          what depends on a job's lock
    listened_tasks.py  a user task, as the jobs of its listeners see it
"""
