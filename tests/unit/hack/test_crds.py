"""Which CRDs does `kubectl wait` speak of?"""

from hack.cluster.crds import names


def test_each_is_named_by_plural_and_group() -> None:
    met = (
        "customresourcedefinition.apiextensions.k8s.io/airshipimages.airshipit.org condition met\n"
        "customresourcedefinition.apiextensions.k8s.io/nodeprofiles.airshipit.org condition met\n"
    )
    assert names(met) == ["airshipimages.airshipit.org", "nodeprofiles.airshipit.org"]
