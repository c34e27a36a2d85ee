"""What does the Helm chart install, and what does it refuse?"""

from pathlib import Path

import pytest
import yaml

from airship_images.controller.settings import Settings
from hack.cluster import locations
from tests.unit.chart.helm import CHART, Manifest, helm, one, refusal, render

CRDS = locations.REPOSITORY / "crds"
DEPLOYMENTS = ("airship-images", "airship-images-server")


def pod(manifests: list[Manifest], deployment: str) -> Manifest:
    spec: Manifest = one(manifests, "Deployment", deployment)["spec"]["template"]["spec"]
    return spec


def settings(manifests: list[Manifest]) -> Manifest:
    text = one(manifests, "ConfigMap", "airship-images")["data"]["settings.yaml"]
    content: Manifest = yaml.safe_load(text)
    return content


def rules(manifests: list[Manifest], role: str) -> list[tuple[str, str]]:
    """Each resource of a ClusterRole with its verbs."""
    found = one(manifests, "ClusterRole", role)["rules"]
    return [(name, " ".join(rule["verbs"])) for rule in found for name in rule["resources"]]


def bindings(manifests: list[Manifest], role: str) -> list[tuple[str, str | None]]:
    return [
        (each["kind"], each["metadata"].get("namespace"))
        for each in manifests
        if each["kind"].endswith("Binding") and each["roleRef"]["name"] == role
    ]


def test_helm_has_nothing_to_say_against_the_chart() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout


def test_the_crds_of_the_chart_are_those_of_the_repository() -> None:
    ours, copies = (
        {file.name: file.read_text() for file in folder.glob("*.yaml")} for folder in (CRDS, CHART / "crds")
    )
    assert len(ours) == 2
    assert copies == ours, "`make crds` writes both"


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_our_pods_run_without_any_right_on_their_node(deployment: str) -> None:
    spec = pod(render(), deployment)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"] and container["resources"]["limits"]
        assert container["livenessProbe"]


def test_one_operator_runs_at_a_time() -> None:
    spec = one(render(), "Deployment", "airship-images")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert one(render({"operator": {"replicas": 2}}), "Deployment", "airship-images")["spec"]["replicas"] == 2


def test_the_server_reads_the_store_and_has_no_credentials() -> None:
    spec = pod(render(), "airship-images-server")
    assert spec["automountServiceAccountToken"] is False
    (mount,) = (mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "store")
    assert mount["readOnly"] is True


def test_the_volumes_stay_when_the_release_goes() -> None:
    for claim in ("airship-images", "airship-images-cache"):
        annotations = one(render(), "PersistentVolumeClaim", claim)["metadata"]["annotations"]
        assert annotations["helm.sh/resource-policy"] == "keep"


def test_a_claim_of_ones_own_is_used_and_none_is_made() -> None:
    manifests = render({"store": {"existingClaim": "mine"}, "cache": {"existingClaim": "my-cache"}})
    assert not [each for each in manifests if each["kind"] == "PersistentVolumeClaim"]
    assert settings(manifests)["store"]["claimName"] == "mine"
    assert settings(manifests)["cache"]["claimName"] == "my-cache"
    volumes = pod(manifests, "airship-images-server")["volumes"]
    assert {"name": "store", "persistentVolumeClaim": {"claimName": "mine"}} in volumes


def test_no_storage_class_is_not_the_default_storage_class() -> None:
    manifests = render({"store": {"storageClassName": ""}})
    assert one(manifests, "PersistentVolumeClaim", "airship-images")["spec"]["storageClassName"] == ""
    assert "storageClassName" not in one(manifests, "PersistentVolumeClaim", "airship-images-cache")["spec"]


def test_images_come_from_the_registry_and_tag_of_the_values() -> None:
    manifests = render({"image": {"registry": "registry.example/team", "tag": "9"}})
    operator = pod(manifests, "airship-images")["containers"][0]
    assert operator["image"] == "registry.example/team/airship-images/operator:9"
    assert settings(manifests)["builder"]["image"] == "registry.example/team/airship-images/builder:9"


def test_a_whole_reference_wins_over_registry_and_tag() -> None:
    manifests = render({"image": {"tag": "9"}, "server": {"image": "example/nginx@sha256:1"}})
    assert pod(manifests, "airship-images-server")["containers"][0]["image"] == "example/nginx@sha256:1"


def test_a_change_of_the_settings_restarts_the_operator() -> None:
    def annotations(mirror: str) -> Manifest:
        template = one(render({"builder": {"mirror": mirror}}), "Deployment", "airship-images")["spec"]["template"]
        found: Manifest = template["metadata"]["annotations"]
        return found

    assert annotations("http://a.example/debian") != annotations("http://b.example/debian")


def test_the_store_is_served_under_the_service_unless_another_url_is_given() -> None:
    assert settings(render())["store"]["baseURL"] == "http://airship-images-server.airship-images.svc/"
    given = {"store": {"baseURL": "https://images.example/"}}
    assert settings(render(given))["store"]["baseURL"] == "https://images.example/"


def test_without_our_server_a_url_must_be_given() -> None:
    assert "store.baseURL: found nothing" in refusal({"server": {"enabled": False}})
    manifests = render({"server": {"enabled": False}, "store": {"baseURL": "https://images.example/"}})
    assert not [each for each in manifests if each["metadata"]["name"] == "airship-images-server"]


def test_a_node_port_can_be_fixed() -> None:
    service = {"type": "NodePort", "nodePort": 30080}
    spec = one(render({"server": {"service": service}}), "Service", "airship-images-server")["spec"]
    assert (spec["type"], spec["ports"][0]["nodePort"]) == ("NodePort", 30080)


def test_metrics_have_a_service_only_when_asked() -> None:
    assert not [each for each in render() if each["metadata"]["name"] == "airship-images-metrics"]
    manifests = render({"operator": {"metrics": {"service": True}}})
    assert one(manifests, "Service", "airship-images-metrics")["spec"]["ports"][0]["targetPort"] == "metrics"


def test_no_host_is_within_reach_by_default() -> None:
    assert bindings(render(), "airship-images-rollout") == []


def test_hosts_are_within_reach_in_the_named_namespaces_alone() -> None:
    manifests = render({"rollout": {"namespaces": ["metal", "lab"]}})
    assert bindings(manifests, "airship-images-rollout") == [("RoleBinding", "metal"), ("RoleBinding", "lab")]
    assert settings(manifests)["rolloutNamespaces"] == ["metal", "lab"]


def test_hosts_are_within_reach_everywhere_only_when_told() -> None:
    manifests = render({"rollout": {"namespaces": ["*"]}})
    assert bindings(manifests, "airship-images-rollout") == [("ClusterRoleBinding", None)]


def test_an_operator_of_some_namespaces_has_no_right_in_others() -> None:
    assert bindings(render(), "airship-images") == [("ClusterRoleBinding", None)]
    manifests = render({"operator": {"namespaces": ["a", "b"]}})
    assert bindings(manifests, "airship-images") == [("RoleBinding", "a"), ("RoleBinding", "b")]
    assert not [each for each in manifests if each["kind"].startswith("Cluster")], "installed without any cluster right"


def test_rights_are_these_and_no_more() -> None:
    manifests = render({"rollout": {"namespaces": ["*"]}})
    assert rules(manifests, "airship-images") == [
        ("airshipimages", "list watch"),
        ("nodeprofiles", "list watch"),
        ("airshipimages", "patch"),
        ("airshipimages/status", "patch"),
        ("nodeprofiles/status", "patch"),
        ("configmaps", "get list watch create delete"),
        ("configmaps", "update"),
        ("jobs", "get list watch create delete"),
        ("pods", "list watch"),
        ("pods/log", "get"),
        ("events", "create"),
        ("persistentvolumeclaims", "list"),
        ("resourcequotas", "list"),
        ("nodes", "list"),
        ("baremetalhosts", "list"),
        ("dataimages", "list"),
        ("metal3machinetemplates", "list"),
    ]
    (updated,) = (
        each for each in one(manifests, "ClusterRole", "airship-images")["rules"] if "update" in each["verbs"]
    )
    assert updated["resourceNames"] == ["airship-images-catalogue"]
    assert rules(manifests, "airship-images-rollout") == [
        ("baremetalhosts", "get list watch patch"),
        ("dataimages", "list"),
        ("metal3machinetemplates", "list watch"),
    ]


@pytest.mark.parametrize(
    ("values", "looks"),
    [({}, True), ({"builder": {"checkNodes": False}}, False), ({"operator": {"namespaces": ["a"]}}, False)],
)
def test_nodes_are_looked_at_by_an_operator_of_the_whole_cluster_unless_told_otherwise(
    values: Manifest, tmp_path: Path, *, looks: bool
) -> None:
    manifests = render(values)
    granted = [rule["resources"] for each in manifests for rule in each.get("rules", ())]
    assert (["nodes"] in granted) is looks
    file = tmp_path / "settings.yaml"
    file.write_text(one(manifests, "ConfigMap", "airship-images")["data"]["settings.yaml"])
    assert Settings.load(file).checks_nodes is looks


def test_the_lease_is_the_operators_own() -> None:
    create, own = one(render(), "Role", "airship-images-lease")["rules"]
    assert (create["resources"], create["verbs"]) == (["leases"], ["create"])
    assert (own["resourceNames"], own["verbs"]) == (["airship-images"], ["get", "update"])


@pytest.mark.parametrize(
    "values",
    [
        {},
        {
            "operator": {"namespaces": ["a"]},
            "builder": {
                "mirror": "http://mirror.example/debian",
                "proxy": {"httpProxy": "http://proxy.example:3128", "noProxy": ".example"},
                "caBundle": {"configMapName": "authorities"},
                "hostUsers": False,
                "airshipV1": True,
            },
            "cache": {"limit": "7Gi"},
            "rollout": {"namespaces": ["*"]},
        },
    ],
)
def test_the_operator_reads_its_settings_from_the_chart(values: Manifest, tmp_path: Path) -> None:
    manifests = render(values)
    file = tmp_path / "settings.yaml"
    file.write_text(one(manifests, "ConfigMap", "airship-images")["data"]["settings.yaml"])
    found = Settings.load(file)
    builder = values.get("builder", {})
    assert found.host_users is builder.get("hostUsers", True)
    assert found.mirror == builder.get("mirror")
    assert found.policy.airship_v1 is builder.get("airshipV1", False)
    assert found.jobs.cache_limit == values.get("cache", {}).get("limit", "40Gi")
    bundle = found.ca_bundle and found.ca_bundle.model_dump(by_alias=True)
    assert bundle == ({"key": "ca-certificates.crt", **builder["caBundle"]} if "caBundle" in builder else None)
    assert found.proxy.environment().get("NO_PROXY") == builder.get("proxy", {}).get("noProxy")
    (mount,) = (each for each in pod(manifests, "airship-images")["volumes"] if each["name"] == "settings")
    assert mount["configMap"]["name"] == "airship-images"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"servr": {}}, "servr"),
        ({"store": {"baseURL": "ftp://images.example/"}}, "/store/baseURL"),
        ({"store": {"baseURL": "http://images.example"}}, "/store/baseURL"),
        ({"store": {"size": "much"}}, "/store/size"),
        ({"server": {"service": {"nodePort": "30080"}}}, "/server/service/nodePort"),
        ({"rollout": {"namespaces": ["Not_A_Name"]}}, "/rollout/namespaces"),
        ({"operator": {"resources": {"cpu": 1}}}, "/operator/resources"),
    ],
)
def test_values_that_make_no_sense_are_refused_with_their_path(values: Manifest, said: str) -> None:
    assert said in refusal(values)
