"""What the stories of sandboxes begin with, and how they are read."""

from pathlib import Path

from engine.sandbox import Sandbox, Source
from engine.sandbox import steps as s
from engine.sandbox.waiting import Waiting, scopes, waiting

ROOT = Path(__file__).parents[2]
BEGINNING = 1_767_225_600_000  # 2026-01-01T00:00:00Z
MINUTE = 60_000


def source(path: str, deployed: bool = False) -> Source:
    folder = ROOT / "bpmn_samples" if "/" in path else ROOT / "tests/fixtures"
    return Source(Path(path).name, (folder / path).read_bytes(), deployed)


def sandbox(*files: str) -> Sandbox:
    return Sandbox([source(file) for file in files], BEGINNING)


def food_order() -> Sandbox:
    bench = sandbox("food_order/food_order.bpmn")
    bench.take(s.Start(process="food_order", variables={"orderId": "A-1"}))
    bench.take(s.CompleteJob(element="charge_card", variables={"paymentId": "p-7"}))
    bench.take(s.CompleteJob(element="send_order"))
    return bench


def told(bench: Sandbox) -> list[tuple[str, str]]:
    return [(each.kind, each.element) for each in waiting(bench)]


def the(bench: Sandbox, kind: str) -> Waiting:
    (found,) = [each for each in waiting(bench) if each.kind == kind]
    return found


def variables(bench: Sandbox, element: str) -> dict[str, object]:
    return next(scope.variables for scope in scopes(bench) if scope.element == element)
