"""What do the documents of PATH say, and what is wrong with them?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from airship_images.api import configmap
from airship_images.api.airshipimage import AirshipImage
from airship_images.api.documents import RawDocument, parse, validate
from airship_images.api.errors import InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason
from airship_images.cli import secrets, sources
from airship_images.cli.mistakes import Mistake, Place, mistakes, refusal
from airship_images.cli.secrets import Secret
from airship_images.cli.sources import Source
from airship_images.spec import Prepared, Sourced, prepare, sourced

KINDS: Final = ("NodeProfile", "AirshipImage", "Secret", "ConfigMap")
Thing = TypeVar("Thing")


class Key(NamedTuple):
    """The identity of an object; one without a namespace belongs to any, as with `kubectl apply -n`."""

    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass
class Site:
    """The documents of PATH, in the order in which they were read, and what is wrong with those left out."""

    profiles: dict[Key, NodeProfile] = field(default_factory=dict)
    images: dict[Key, AirshipImage] = field(default_factory=dict)
    secrets: dict[Key, Secret] = field(default_factory=dict)
    config_maps: dict[Key, configmap.Values] = field(default_factory=dict)
    places: dict[Key, Place] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)
    mistakes: list[Mistake] = field(default_factory=list)

    @classmethod
    def read(cls, paths: Sequence[str]) -> "Site":
        """Everything that `paths` name; raises InputError when one of them names nothing."""
        site = cls()
        for path in paths:
            for source in sources.find(path):
                site._add_source(source)
        return site

    def image(self, wanted: str | None) -> AirshipImage:
        """The image `[NAMESPACE/]NAME`, or the only one; raises FindingsError when a document of the site is wrong.

        Raises InputError with the choice when no single image is meant.
        """
        if self.mistakes:
            raise refusal(self.mistakes)
        namespace, _, name = (wanted or "").rpartition("/")
        fitting = [key for key in self.images if name in ("", key.name) and namespace in ("", key.namespace)]
        if len(fitting) == 1:
            return self.images[fitting[0]]
        names = ", ".join(f"{key.namespace}/{key.name}" if key.namespace else key.name for key in self.images)
        expected = f"one of {names}" if names else f"an AirshipImage in PATH, which holds {self.summary()}"
        raise InputError("--image", wanted or "no name", expected, reason=Reason.IMAGE_NOT_FOUND)

    def prepare(self, image: AirshipImage) -> Prepared:
        """`image` with its profiles composed, checked, identified and rendered; raises SpecError.

        Raises InputError of one that is built elsewhere.
        """
        if image.spec.image.source is not None:
            path = f"AirshipImage/{image.metadata.name}: spec.image.source"
            raise InputError(
                path, "an image that is built elsewhere", "an image with profiles: this is about its build"
            )
        return prepare(image, self.profiles_of(image), config_maps=self.config_maps_of(image))

    def inputs(self, image: AirshipImage) -> Prepared | Sourced:
        """The same, or `image` as it is where it is built elsewhere; raises SpecError."""
        source = image.spec.image.source
        return self.prepare(image) if source is None else sourced(image, source)

    def profiles_of(self, image: AirshipImage) -> dict[str, NodeProfile]:
        """By name the NodeProfiles that `image` may name."""
        return _visible(self.profiles, image)

    def config_maps_of(self, image: AirshipImage) -> dict[str, configmap.Values]:
        """By name the contents of the ConfigMaps that `image` may name."""
        return _visible(self.config_maps, image)

    def secrets_of(self, image: AirshipImage) -> dict[str, Secret]:
        """By name the Secrets that `image` may name."""
        return _visible(self.secrets, image)

    def place(self, name: str, image: AirshipImage) -> Place:
        """Where the object `KIND/NAME` is that `image` means by it; the place of `image` when there is none."""
        kind, _, own = name.partition("/")
        namespace = image.metadata.namespace
        itself = Key("AirshipImage", namespace, image.metadata.name)
        candidates = (Key(kind, namespace, own), Key(kind, None, own), itself)
        return next(self.places[key] for key in candidates if key in self.places)

    def summary(self) -> str:
        """What was read, in a few words."""
        words = [f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in self.read_kinds().items()]
        ignored = [f"{count} {kind}" for kind, count in self.ignored.items()]
        return ", ".join(words or ["nothing of ours"]) + (f" (ignored: {', '.join(ignored)})" if ignored else "")

    def read_kinds(self) -> Counter[str]:
        """How many objects of each kind were read, wrong ones too."""
        return Counter(key.kind for key in self.places)

    def _add_source(self, source: Source) -> None:
        try:
            documents = parse(source.read(), source.name)
        except InputError as error:
            self.mistakes += mistakes(error, Place(source.name))
            return
        for raw in documents:
            self._add(raw)

    def _add(self, raw: RawDocument) -> None:
        if raw.kind not in KINDS:
            self.ignored[raw.kind or "without a kind"] += 1
            return
        key = _key(raw)
        place = Place(raw.source, raw.index + 1, str(key))
        try:
            if key in self.places:
                raise InputError("metadata.name", f"the same name as in {self.places[key]}", "each name once")
            self.places[key] = place
            self._keep(key, raw)
        except InputError as error:
            self.mistakes += mistakes(error, place)

    def _keep(self, key: Key, raw: RawDocument) -> None:
        if raw.kind == "Secret":
            self.secrets[key] = secrets.read(raw)
            return
        if raw.kind == "ConfigMap":
            self.config_maps[key] = configmap.values(raw.data)
            return
        value = validate(raw)
        if isinstance(value, NodeProfile):
            self.profiles[key] = value
        else:
            self.images[key] = value


def _visible(objects: Mapping[Key, Thing], image: AirshipImage) -> dict[str, Thing]:
    """By name the objects that `image` sees: those without a namespace, and over them those of its own."""
    seen = {key.name: value for key, value in objects.items() if key.namespace is None}
    return seen | {key.name: value for key, value in objects.items() if key.namespace == image.metadata.namespace}


def _key(raw: RawDocument) -> Key:
    metadata = raw.data.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    namespace = names.get("namespace")
    return Key(raw.kind, namespace if isinstance(namespace, str) else None, str(names.get("name")))
