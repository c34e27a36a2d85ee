"""What is an upstream builder given? The files of the request, as they are, in the one folder that it sees."""

import shutil

from airship_builder.job import Job
from airship_images.api.build import CONFIG_MAPS_FILE, V1_FOLDER

_OURS = frozenset({"build.yaml", CONFIG_MAPS_FILE})


def hand_over(job: Job) -> None:
    """Lay out the volume of the builder that runs next, in scratch."""
    volume = job.scratch / V1_FOLDER
    shutil.rmtree(volume, ignore_errors=True)
    volume.mkdir(parents=True)
    for name in job.inputs.names():
        plain = name.removesuffix(".gz")
        if plain not in _OURS:
            (volume / plain).write_bytes(job.inputs.data(plain))
