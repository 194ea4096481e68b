"""BPMN 2.0 XML → compiled processes.

source.py   the file with lines, references, expressions and problems; lxml stays behind it
compile.py  elements → nodes and flows; unfolds loops; checks
starts.py   what starts a process from outside
catchers.py events at one place that would hide each other
reach.py    which nodes can still reach a joining gateway
coverage.py what executes, as the page docs/elements.md
"""

from engine.bpmn.compile import InvalidModel, Model, compile_model
from engine.elements.registry import Problem

__all__ = ["InvalidModel", "Model", "Problem", "compile_model"]
