"""A thousand images: all at once, the results in order; one is unreadable, one fails for good."""

from __future__ import annotations

from engine.machine.state import Job
from tests.story import Story, play


def album(count: int) -> Story:
    """An album whose images are listed, and each of which waits for a worker."""
    story = play("thousand_images/thousand_images.bpmn", album="holidays")
    story.complete("list_images", images=[f"image-{number}.jpg" for number in range(1, count + 1)])
    return story


def resize(story: Story, job: Job) -> None:
    """A worker makes the thumbnail of one image."""
    image = job.element.scope.variables["image"].value
    story.complete_job(job, thumbnail=f"small-{image}")


def resize_all(story: Story) -> None:
    for job in reversed(story.waits(Job)):
        resize(story, job)


def test_a_thousand_results_in_the_order_of_the_images_whatever_the_order_of_completion() -> None:
    story = album(1_000)
    assert story.jobs == ["resize_image"] * 1_000

    resize_all(story)
    assert story.jobs == ["build_gallery"]
    assert story.variables["thumbnails"] == [f"small-image-{number}.jpg" for number in range(1, 1_001)]
    story.complete("build_gallery", gallery="holidays.html")
    assert story.state == "COMPLETED"
    assert story.variables["gallery"] == "holidays.html"


def test_an_unreadable_image_gets_a_placeholder() -> None:
    story = album(3)
    story.throw("resize_image", "IMAGE_UNREADABLE")
    resize_all(story)

    assert story.variables["thumbnails"] == ["placeholder.png", "small-image-2.jpg", "small-image-3.jpg"]


def test_an_image_that_fails_for_good_waits_for_help_while_the_others_go_on() -> None:
    story = album(3)
    for _ in range(3):
        story.fail("resize_image", message="Out of memory.")
    assert story.incidents == [("resize_image", "JOB_NO_RETRIES")]
    for job in story.waits(Job)[1:]:
        resize(story, job)
    assert story.state == "ACTIVE"

    story.update_job("resize_image", retries=1)
    story.resolve()
    resize_all(story)
    assert story.jobs == ["build_gallery"]
    assert story.variables["thumbnails"][0] == "small-image-1.jpg"


def test_an_empty_album() -> None:
    story = album(0)

    assert story.jobs == ["build_gallery"]
    assert story.variables["thumbnails"] == []
