"""The script of every sample plays it against a real server, all of them at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from camunda_orchestration_sdk import ConnectedJobContext

from bpmn_samples.stage import Variables, naming_what_is_missing
from tests.server import running_server

ROOT = Path(__file__).parents[2]

#: Options of each script, and how each of its stories ends.
SCRIPTS: dict[str, tuple[list[str], dict[str, str]]] = {
    "food_order": (
        [],
        {
            "all goes well": "Meal delivered",
            "driver cancels": "Meal delivered",
            "restaurant is slow": "Meal delivered",
            "restaurant is closed": "Order refunded",
            "card is declined": "Order declined",
        },
    ),
    "payment_saga": (
        [],
        {
            "all goes well": "Order shipped",
            "shipping fails": "Order cancelled",
            "card is declined": "Order cancelled",
        },
    ),
    "loan_application": (
        [],
        {
            "low risk": "Loan paid out",
            "high risk": "Loan refused",
            "officer approves": "Loan paid out",
            "officer refuses": "Loan refused",
            "officer is away": "Loan paid out",
        },
    ),
    "thousand_images": (["--images", "100"], {"album": "Gallery published"}),
    "insurance_claim": (
        [],
        {
            "documents come early": "Claim paid",
            "documents come late": "Claim paid",
            "documents never come": "Claim lapsed",
            "damage is large": "Claim paid",
            "damage is small": "Claim refused",
            "fraud is suspected": "Claim refused",
        },
    ),
}


def perform(sample: str, url: str, options: list[str]) -> subprocess.Popen[str]:
    """Start the script of a sample."""
    command = [sys.executable, "-m", f"bpmn_samples.{sample}.worker", "--url", url, "--patience", "90", *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ends(output: str) -> dict[str, str]:
    """How each story ended, by its name."""
    lines = [line.split("  ended: ") for line in output.splitlines() if "  ended: " in line]
    return {name.strip(): end for name, end in lines}


def test_every_script_plays_its_stories_to_their_ends(database_url: str) -> None:
    with running_server(database_url) as url:
        running = {sample: perform(sample, url, options) for sample, (options, _) in SCRIPTS.items()}
        told = {sample: script.communicate()[0] for sample, script in running.items()}

    assert {sample: script.returncode for sample, script in running.items()} == dict.fromkeys(SCRIPTS, 0), told
    assert {sample: ends(output) for sample, output in told.items()} == {
        sample: stories for sample, (_, stories) in SCRIPTS.items()
    }


@pytest.mark.anyio
async def test_a_job_fails_with_the_name_of_what_it_lacks() -> None:
    async def charge_card(job: ConnectedJobContext) -> Variables:
        order: Variables = {}
        return {"paid": order["amount"]}

    with pytest.raises(LookupError, match="The job needs 'amount', which the instance does not have"):
        await naming_what_is_missing(charge_card)(cast(ConnectedJobContext, None))
