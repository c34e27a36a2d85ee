"""What of an object is kept."""

import json

from airship_images.cluster.slim import compact
from tests.api.documents import an_image


def test_an_object_is_the_same_without_what_only_the_api_server_needs() -> None:
    raw = an_image("one", params={"extraVars": {"ratio": 0.5, "empty": None, "on": True, "numbers": [1, 2]}})
    raw["metadata"] |= {"managedFields": [{"manager": "kubectl"}], "annotations": {"mine": "yes"}}
    kept = {key: value for key, value in raw["metadata"].items() if key != "managedFields"}
    assert compact(raw) == {**raw, "metadata": kept}


def test_short_texts_of_all_objects_are_the_same_in_memory_and_contents_of_files_are_not_looked_for() -> None:
    status = {"conditions": [{"type": "Published", "reason": "Published-by-nobody"}], "content": "a" * 999}
    one, other = (compact(json.loads(json.dumps({**an_image("one"), "status": status}))) for _ in range(2))
    assert one["status"]["conditions"][0]["reason"] is other["status"]["conditions"][0]["reason"]
    assert next(iter(one["status"])) is next(iter(other["status"]))
    assert one["status"]["content"] is not other["status"]["content"]
