"""Play a thousand images: an album is resized in parallel and comes back in order.

One image is unreadable and gets a placeholder (a business error). Another fails for good because the disk is
full (an incident); the others go on, and once all of them are done the script frees the disk and resolves the
incident, as an operator would.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from camunda_orchestration_sdk import (
    ConnectedJobContext,
    IncidentSearchQuery,
    IncidentSearchQueryFilter,
    JobChangeset,
    JobError,
    JobFailure,
    JobUpdateRequest,
    ProcessInstanceKey,
)
from camunda_orchestration_sdk.models import IncidentStateExactMatch

from bpmn_samples.stage import Stage, Variables, command_line, perform, say

PLACEHOLDER = "placeholder.png"


@dataclass
class Album:
    """The album that is resized, and the disk it is written to."""

    size: int
    resized: int = 0
    disk_is_full: bool = True

    def name(self, number: int) -> str:
        return f"image-{number:05}.jpg"

    @property
    def unreadable(self) -> str:
        return self.name(self.size // 2)

    @property
    def too_large(self) -> str:
        """The image for which the disk has no room."""
        return self.name(self.size)

    async def list_images(self, job: ConnectedJobContext) -> Variables:
        say("album", f"{self.size} images")
        return {"images": [self.name(number) for number in range(1, self.size + 1)]}

    async def resize(self, job: ConnectedJobContext) -> Variables:
        image = job.variables["image"]
        if image == self.unreadable:
            raise JobError("IMAGE_UNREADABLE", f"{image} is not an image")
        if image == self.too_large and self.disk_is_full:
            raise JobFailure(f"no space left on device for {image}", retries=0)
        self.resized += 1
        if self.resized % max(1, self.size // 5) == 0:
            say("album", f"{self.resized} resized")
        return {"thumbnail": image.replace(".jpg", ".png")}

    async def build_gallery(self, job: ConnectedJobContext) -> Variables:
        thumbnails = job.variables["thumbnails"]
        in_order = [name for name in thumbnails if name != PLACEHOLDER]
        say("gallery", f"{len(thumbnails)} thumbnails, {thumbnails.count(PLACEHOLDER)} of them a placeholder")
        say("gallery", "in the order of the album" if in_order == sorted(in_order) else "OUT OF ORDER")
        return {"gallery": f"gallery with {len(thumbnails)} thumbnails"}

    async def operate(self, stage: Stage, instance: ProcessInstanceKey) -> None:
        """Wait until only the incident is left, then mend its cause and resolve it."""
        if not self.disk_is_full or self.resized < self.size - 2:
            return
        query = IncidentSearchQueryFilter(process_instance_key=instance, state=IncidentStateExactMatch.ACTIVE)
        for incident in (await stage.client.search_incidents(data=IncidentSearchQuery(filter_=query))).items:
            assert incident.job_key is not None, "a job without retries is what raised it"
            say("operator", f"incident: {incident.error_message}")
            self.disk_is_full = False
            await stage.client.update_job(incident.job_key, data=JobUpdateRequest(changeset=JobChangeset(retries=1)))
            await stage.client.resolve_incident(incident.incident_key)
            say("operator", "disk freed, incident resolved")


async def scene(stage: Stage, size: int) -> None:
    await stage.deploy(Path(__file__).parent)
    album = Album(size)
    stage.work("images.list-images", album.list_images)
    stage.work("images.resize-image", album.resize, variables=["image"], at_once=250)
    stage.work("images.build-gallery", album.build_gallery, variables=["thumbnails"])
    instance = await stage.start("thousand_images", "album", {"album": "holidays"})
    stage.meanwhile(partial(album.operate, stage, instance))
    await stage.curtain()


def main() -> None:
    parser = command_line(__doc__)
    parser.add_argument("--images", type=int, default=1000, help="how many (default: %(default)s)")
    options = parser.parse_args()
    perform(partial(scene, size=options.images), options)


if __name__ == "__main__":
    main()
