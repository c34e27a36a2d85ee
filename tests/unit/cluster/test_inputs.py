"""How inputs are kept."""

import base64
import gzip
import random
import string

import pytest

from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason
from airship_images.cluster.inputs import check_size, configmap
from airship_images.plan.actions import CreateInputs
from airship_images.plan.state import Identity

IMAGE = Identity("default", "worker", "uid-of-worker", 1, "7")
FILES = {"build.yaml": "name: worker\n", "image-vars.yaml": "motd: grüße\n"}


def test_each_file_is_compressed_under_its_name() -> None:
    stored = configmap(CreateInputs("image", "worker-b", "a" * 64, "b" * 64, FILES), IMAGE)
    assert stored["immutable"] is True
    unpacked = {name: gzip.decompress(base64.b64decode(data)).decode() for name, data in stored["binaryData"].items()}
    assert unpacked == {f"{name}.gz": text for name, text in FILES.items()}


def test_the_same_inputs_are_the_same_bytes_in_whatever_order_they_come() -> None:
    turned = dict(reversed(FILES.items()))
    one, two = (configmap(CreateInputs("image", "w", "a" * 64, "b" * 64, files), IMAGE) for files in (FILES, turned))
    assert one == two


def test_what_compresses_well_may_be_large() -> None:
    check_size({"big.yaml": "all the same\n" * 200_000})


def test_what_does_not_fit_is_refused_with_the_name_of_the_largest_file() -> None:
    noise = "".join(random.Random(1).choices(string.printable, k=2_000_000))  # noqa: S311
    with pytest.raises(InputError) as caught:
        check_size({"small.yaml": "x", "noise.yaml": noise})
    assert caught.value.reason is Reason.INPUTS_TOO_LARGE
    assert "noise.yaml" in caught.value.message
