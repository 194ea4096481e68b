"""What Pointsman costs, measured on the machine it runs on.

    make bench                                  every case, a table, and build/bench/*.json
    make bench ARGS="one_task fan_out --seconds 5"
    python -m tests.benchmarks.one_task --seconds 20    one case by itself, with options of its own

PostgreSQL (its own, on the disk of the temporary folder, fsync on), the engine with its full history, and the load
share the machine's cores. Each case runs in a process of its own, warms up, and measures several times; the figure is
the median. Nothing here passes or fails: beside a figure stands its target and how far it is from it. What else the
machine did meanwhile is said too, since it is in the figures.

    figures.py        a figure, its target, how it is printed
    case.py           what every case can be told, and how it is run
    host.py           the machine, the commit, the time that others took
    diagrams.py       the models that are measured

    one_task.py       create, activate, complete in one process; writer.py is the bare writer that it is compared to
    one_task_rest.py  the same over REST; server.py is the server's process, rest_load.py and client.py the load
    ten_tasks.py      ten jobs in a row
    fan_out.py        100 to 100,000 items at once
    job_latency.py    from the creation of a job to a worker's hands
    million.py        beside a million instances that wait; waiting.py writes them
    lists.py          list pages, most instances having ended (up to ten million of them: --instances)
    spiffworkflow.py  ten user tasks, beside SpiffWorkflow
    compiling.py      a diagram of 100 elements
    feel.py, dmn.py   expressions and decision tables
    load.py           clients and workers in the engine's own process
"""
