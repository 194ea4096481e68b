"""Play the loan application: two that the score decides, and three that wait for people.

The script is the credit bureau, the bank and, in the task list, the loan officer and the manager. Where the
officer is away, two reminders go out and the application escalates; the weeks are shortened to seconds.
"""

from dataclasses import dataclass, field
from pathlib import Path

from camunda_orchestration_sdk import ConnectedJobContext, UserTaskResult

from bpmn_samples.stage import Stage, Variables, command_line, name_of, perform, say


@dataclass(frozen=True)
class Story:
    """An application and what each person will say to it; a person who is not named is away."""

    application: Variables
    decisions: dict[str, bool] = field(default_factory=dict)


AVERAGE_SCORE = 600
OFFICER, MANAGER = "review_application", "manager_decision"
STORIES = {
    "low risk": Story({"applicant": "Ada", "amount": 5_000, "income": 60_000, "bureauScore": 820}),
    "high risk": Story({"applicant": "Ben", "amount": 50_000, "income": 20_000, "bureauScore": 310}),
    "officer approves": Story(
        {"applicant": "Cleo", "amount": 80_000, "income": 55_000, "bureauScore": 690}, {OFFICER: True}
    ),
    "officer refuses": Story(
        {"applicant": "Dan", "amount": 90_000, "income": 30_000, "bureauScore": 510}, {OFFICER: False}
    ),
    "officer is away": Story(
        {"applicant": "Eve", "amount": 70_000, "income": 65_000, "bureauScore": 640}, {MANAGER: True}
    ),
}


def decide(story: str, task: UserTaskResult) -> Variables | None:
    """Complete the task as the story says, or leave it to wait."""
    decisions = STORIES[story].decisions
    if task.element_id not in decisions:
        return None
    approved = decisions[task.element_id]
    say(story, f"{'/'.join(task.candidate_groups)}: {'approved' if approved else 'refused'}")
    return {"approved": approved, "decisionReason": "as the story says"}


async def check_credit(job: ConnectedJobContext) -> Variables:
    loan = job.variables.to_dict()
    score = loan.get("bureauScore", AVERAGE_SCORE)
    say(name_of(job), f"{loan['applicant']} asks for {loan['amount']}; credit score {score}")
    return {"creditScore": score}


async def remind_officer(job: ConnectedJobContext) -> None:
    loan = job.variables.to_dict()
    say(name_of(job), f"reminder: the application of {loan['applicant']} is still waiting")


async def pay_out(job: ConnectedJobContext) -> None:
    loan = job.variables.to_dict()
    say(name_of(job), f"{loan['amount']} paid to {loan['applicant']}")


async def send_refusal(job: ConnectedJobContext) -> None:
    loan = job.variables.to_dict()
    say(name_of(job), f"letter of refusal to {loan['applicant']}")


async def scene(stage: Stage) -> None:
    await stage.deploy(Path(__file__).parent)
    stage.work("loan.check-credit", check_credit)
    stage.work("loan.remind-officer", remind_officer)
    stage.work("loan.pay-out", pay_out)
    stage.work("loan.send-refusal", send_refusal)
    stage.people("loan_application", decide)
    for name, story in STORIES.items():
        waits = {"remindEvery": "PT2S", "escalateAfter": "PT6S"}
        await stage.start("loan_application", name, {**story.application, **waits, "story": name})
    await stage.curtain()


if __name__ == "__main__":
    perform(scene, command_line(__doc__).parse_args())
