"""What the API server takes of an event."""

import asyncio
from datetime import UTC, datetime

import pytest

from airship_images.cluster.client import Client
from airship_images.cluster.events import tell
from airship_images.plan.events import Event
from airship_images.plan.state import Identity
from airship_images.plan.texts import sentence
from tests.api.documents import a_profile, an_image
from tests.api.kube import Kube


@pytest.mark.parametrize("message", [sentence("x" * 2000), "→" * 500])
def test_an_event_with_much_to_say_is_told(kube: Kube, message: str) -> None:
    kube.apply(a_profile(), an_image())
    metadata = kube.get("AirshipImage", "worker")["metadata"]
    image = Identity("default", "worker", metadata["uid"], metadata["generation"], metadata["resourceVersion"])

    async def told() -> None:
        async with await Client.connect(kube.kubeconfig) as client:
            await tell(client, image, Event("Warning", "BuildFailed", message), datetime.now(UTC))

    asyncio.run(told())
    (event,) = kube.list("Event")
    assert message.startswith(event["note"].removesuffix("…"))
    assert event["regarding"]["uid"] == metadata["uid"]
