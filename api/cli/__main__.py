"""`python -m api.cli` is the `pointsman` command."""

import sys

from api.cli import main

sys.exit(main())
