"""Play the insurance claim: documents that come early, late or never, damage that is large or suspicious.

The script is the insurer's systems, the adjusters and investigators in the task list, and the claimants,
whose documents come as the message `documents_received` from outside. The weeks of waiting are shortened to
seconds.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from camunda_orchestration_sdk import ConnectedJobContext, UserTaskResult

from bpmn_samples.stage import Stage, Variables, command_line, perform, publish, say


@dataclass(frozen=True)
class Story:
    """One claim: what is asked for, what the documents show and when they come."""

    amount: int
    estimate: int
    documents_after_reminders: int | None = 0
    suspicious: bool = False
    inspected: int | None = None
    payout: int | None = None


STORIES = {
    "documents come early": Story(amount=1_200, estimate=1_000),
    "documents come late": Story(amount=900, estimate=800, documents_after_reminders=1),
    "documents never come": Story(amount=700, estimate=0, documents_after_reminders=None),
    "damage is large": Story(amount=9_000, estimate=8_500, inspected=8_000),
    "damage is small": Story(amount=300, estimate=200),
    "fraud is suspected": Story(amount=4_000, estimate=4_000, suspicious=True, payout=0),
}


class Insurer:
    """The handlers; a claim is known by its id, since the called process sees nothing else."""

    def __init__(self) -> None:
        run = int(time.time())
        self.claims = {f"{run}-{number}": name for number, name in enumerate(STORIES, 1)}

    def claim(self, job: ConnectedJobContext) -> tuple[str, str, Story]:
        """The claim's id, its story's name and its story; a claim that somebody else filed is a plain one."""
        claim_id = job.variables["claimId"]
        name = self.claims.get(claim_id, claim_id)
        amount = job.variables.to_dict().get("amount", 0)
        return claim_id, name, STORIES.get(name) or Story(amount=amount, estimate=amount)

    async def register_claim(self, job: ConnectedJobContext) -> Variables:
        claim_id, name, story = self.claim(job)
        say(name, f"claim over {story.amount} registered")
        if story.documents_after_reminders == 0:
            await self._send_documents(job, claim_id, name)
        return {"policy": "household"}

    async def remind_claimant(self, job: ConnectedJobContext) -> None:
        claim_id, name, story = self.claim(job)
        reminder = job.variables["reminders"] + 1
        say(name, f"reminder {reminder}: the documents are missing")
        if story.documents_after_reminders == reminder:
            await self._send_documents(job, claim_id, name)

    async def _send_documents(self, job: ConnectedJobContext, claim_id: str, name: str) -> None:
        """What the claimant does."""
        say(name, "claimant sends the documents")
        await publish(job.client, "documents_received", claim_id, {"documents": ["photo.jpg", "invoice.pdf"]})

    async def estimate_damage(self, job: ConnectedJobContext) -> Variables:
        _, name, story = self.claim(job)
        say(name, f"damage estimated from {len(job.variables['documents'])} documents: {story.estimate}")
        return {"estimate": story.estimate, "suspicious": story.suspicious}

    async def pay_claim(self, job: ConnectedJobContext) -> None:
        _, name, _ = self.claim(job)
        say(name, f"{job.variables['payout']} paid")

    async def send_refusal(self, job: ConnectedJobContext) -> None:
        _, name, _ = self.claim(job)
        say(name, "letter of refusal")


def decide(name: str, task: UserTaskResult) -> Variables | None:
    """Play the adjuster and the investigator."""
    story = STORIES[name]
    if task.element_id == "inspect_damage":
        say(name, f"adjuster sees a damage of {story.inspected}")
        return {"estimate": story.inspected, "inspectionReport": "seen on site"}
    say(name, f"investigator grants {story.payout}")
    return {"payout": story.payout, "findings": "the invoice is from another year"}


async def scene(stage: Stage) -> None:
    await stage.deploy(Path(__file__).parent)
    insurer = Insurer()
    stage.work("claim.register-claim", insurer.register_claim)
    stage.work("claim.remind-claimant", insurer.remind_claimant)
    stage.work("claim.estimate-damage", insurer.estimate_damage)
    stage.work("claim.pay-claim", insurer.pay_claim)
    stage.work("claim.send-refusal", insurer.send_refusal)
    stage.people("insurance_claim", decide)
    stage.people("claim_assessment", decide)
    for claim_id, name in insurer.claims.items():
        claim = {"claimId": claim_id, "claimant": "Sam", "amount": STORIES[name].amount}
        await stage.start("insurance_claim", name, {**claim, "remindAfter": "PT3S"})
    await stage.curtain()


if __name__ == "__main__":
    perform(scene, command_line(__doc__).parse_args())
