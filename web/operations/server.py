"""What the pages of operations work with."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from engine.runtime.runtime import Runtime
from engine.store.search.reader import Reader
from web.operations.figures import Figures


def reader_of(request: Request) -> Reader:
    """Searches of this server."""
    reader: Reader = request.app.server.reader
    return reader


def runtime_of(request: Request) -> Runtime:
    """The engine of this server."""
    runtime: Runtime = request.app.server.runtime
    return runtime


def figures_of(request: Request) -> Figures:
    """The figures of this server, made when they are asked for first."""
    server = request.app.server
    kept: tuple[object, Figures] | None = getattr(request.app.state, "operations_figures", None)
    if kept is None or kept[0] is not server:
        kept = server, Figures(server.reader)
        request.app.state.operations_figures = kept
    return kept[1]


ReaderOf = Annotated[Reader, Depends(reader_of)]
RuntimeOf = Annotated[Runtime, Depends(runtime_of)]
FiguresOf = Annotated[Figures, Depends(figures_of)]
