"""What PostgreSQL refuses because of its size.

psycopg counts these errors among those of a database that is away (OperationalError), but repeating helps nobody.
"""

from __future__ import annotations

from psycopg import errors

TOO_LARGE = (errors.ProgramLimitExceeded, errors.StatementTooComplex, errors.TooManyArguments, errors.TooManyColumns)
