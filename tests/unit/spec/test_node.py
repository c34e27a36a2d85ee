"""Where do values of a composed node come from?"""

from hypothesis import given

from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.spec.compose import compose
from airship_images.spec.node import EffectiveNode
from airship_images.spec.tree import NODE, plain
from tests.unit.spec.areas import PROFILES, Areas


def a_node(*layers: Areas) -> EffectiveNode:
    tree, _ = compose((f"p{index}", NodeProfileSpec.model_validate(layer)) for index, layer in enumerate(layers))
    return EffectiveNode(NodeProfileSpec(), plain(NODE, tree), tree)


@given(PROFILES, PROFILES)
def test_a_variable_comes_from_where_its_paths_say(one: Areas, other: Areas) -> None:
    node = a_node(one, other)
    for variable in {".".join(path.partition("[")[0].split(".")[:2]) for path in node.origins}:
        below = (f"{variable}.", f"{variable}[")
        said = {origin for path, origin in node.origins.items() if path == variable or path.startswith(below)}
        assert node.origins_of(variable) == said


def test_a_variable_that_nobody_sets_comes_from_nowhere() -> None:
    assert a_node({"kernel": {"kernel_base_pkg": "linux"}}).origins_of("kernel.sysctl") == frozenset()
    assert a_node({}).origins_of("kernel.sysctl") == frozenset()
