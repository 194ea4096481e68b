"""How the garbage collector is to behave in a process that serves.

What the engine makes per command is freed by reference counts alone: nothing that ends is left in a circle. The
collector's passes over everything that is in memory would find nothing, and cost a third of the process's time.
"""

from __future__ import annotations

import gc

#: Objects made and not yet freed before the collector looks at the young ones, and how many such looks before it
#: looks at older ones.
THRESHOLDS = (50_000, 20, 50)


def prepare_process() -> None:
    """Spare the modules and definitions that are loaded from every later pass, and let passes be rare.

    For the main program of a server or a benchmark, once everything is imported: it concerns the whole process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
