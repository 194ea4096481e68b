"""Intermediate throw event: a step that throws its event; without one it marks that the path came by."""

from __future__ import annotations

from engine.elements.events import Throwing
from engine.elements.registry import element


@element("intermediateThrowEvent")
class IntermediateThrowEvent(Throwing):
    """Throws and goes on."""

    type = "INTERMEDIATE_THROW_EVENT"
    position = "throw"
