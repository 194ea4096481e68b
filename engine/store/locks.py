"""The numbers of the advisory locks: what only one server process does at a time.

PostgreSQL knows an advisory lock by a number alone, and all who use a database share the numbers. So ours stand side by
side here, where two cannot become the same. A number stays what it is: servers of different versions may work on one
database.
"""

from __future__ import annotations

MIGRATION = 0x506F696E74736D61  # bringing the schema to this version
DEPLOYMENT = 1_885_959_533  # giving files their versions
LEAD = 1_886_351_212  # doing what is due; held as long as the process has its connection
RETENTION = 1_886_351_213  # forgetting what is old enough
DIRECTORY = 0x506F696E74506561  # changing users, groups and roles
