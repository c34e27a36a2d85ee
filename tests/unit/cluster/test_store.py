"""What the store believes when news comes twice, late, or not at all."""

from typing import Any

from airship_images.cluster.store import Store

Json = dict[str, Any]


def an_object(name: str = "one", version: int = 1, uid: str = "", **more: Any) -> Json:
    metadata = {"namespace": "default", "name": name, "uid": uid or f"uid-{name}", "resourceVersion": str(version)}
    return {"metadata": {**metadata, **more.pop("metadata", {})}, **more}


def an_image(name: str, *profiles: str, version: int = 1) -> Json:
    return an_object(name, version, spec={"profiles": [{"name": profile} for profile in profiles]})


def a_rootfs_pod() -> Json:
    return an_object("pod", metadata={"labels": {"batch.kubernetes.io/job-name": "rootfs-a"}})


def test_an_older_version_never_replaces_a_newer_one() -> None:
    store = Store()
    assert store.jobs.put(an_object(version=10, tag="new")) is True
    assert store.jobs.put(an_object(version=9, tag="old")) is False
    found = store.jobs.get(("default", "one"))
    assert found is not None
    assert found["tag"] == "new"


def test_an_object_that_took_a_name_stays_when_the_former_ones_end_is_told_late() -> None:
    store = Store()
    store.jobs.put(an_object(version=10, uid="second"))
    assert store.jobs.remove(an_object(version=9, uid="first")) is False
    assert store.jobs.get(("default", "one")) is not None


def test_what_a_watch_told_to_be_gone_is_not_brought_back_by_what_was_asked_for_before() -> None:
    store = Store()
    store.jobs.put(an_object("gone", 5))
    store.jobs.remove(an_object("gone", 8))
    store.jobs.replace(([an_object("gone", 5)], "7"))
    assert store.jobs.put(an_object("gone", 6)) is False
    assert set(store.jobs) == set()
    assert store.jobs.put(an_object("gone", 6)) is False, "an answer that took longer than the list"


def test_an_object_without_a_version_yet_is_not_gone_for_that() -> None:
    store = Store()
    assert store.jobs.put(an_object(version=0)) is True


def test_what_comes_after_the_end_of_an_object_is_news() -> None:
    store = Store()
    for version, uid in ((5, "first"), (9, "first"), (12, "second")):
        assert store.jobs.put(an_object(version=version, uid=uid)) is True, "its labels may be lost and given again"
        store.jobs.remove(an_object(version=version + 1, uid=uid))


def test_a_list_removes_what_a_watch_missed_and_keeps_what_came_after_it() -> None:
    store = Store()
    store.jobs.put(an_object("gone", 5))
    store.jobs.put(an_object("newer", 30))
    store.jobs.replace(([an_object("listed", 7)], "20"))
    assert set(store.jobs) == {("default", "listed"), ("default", "newer")}


def test_what_a_list_still_shows_and_a_watch_saw_going_meanwhile_stays_gone() -> None:
    store = Store()
    going = an_object("going", 7)
    store.jobs.put(going)
    listed = ([going, an_object("stays", 8)], "20")
    store.jobs.remove(an_object("going", 21))
    store.jobs.replace(listed)
    assert list(store.jobs) == [("default", "stays")]
    store.jobs.put(an_object("going", 22, uid="another"))
    assert store.jobs.get(("default", "going")) is not None, "another one of its name"


def test_of_a_listed_object_no_more_is_held_a_second_time_than_which_version_it_is() -> None:
    store = Store()
    store.jobs.put(an_object("known", 5, tag="kept"))
    store.jobs.put(an_object("changed", 5, tag="old"))
    listed = [store.jobs.news(an_object(name, 6, tag="new")) for name in ("changed", "unknown")]
    listed.append(store.jobs.news(an_object("known", 5, tag="kept")))
    assert ["tag" in each for each in listed] == [True, True, False]
    store.jobs.replace((listed, "7"))
    tags = {name: (store.jobs.get(("default", name)) or {})["tag"] for name in ("known", "changed", "unknown")}
    assert tags == {"known": "kept", "changed": "new", "unknown": "new"}


def test_a_known_object_that_another_list_lacks_meanwhile_does_not_come_back_in_part() -> None:
    store = Store()
    store.jobs.put(an_object("one", 5))
    listed = [store.jobs.news(an_object("one", 5))]
    store.jobs.replace(([], "8"))
    store.jobs.replace((listed, "7"))
    assert set(store.jobs) == set()


def test_a_kind_that_is_not_there_is_told_from_one_without_objects() -> None:
    store = Store()
    store.hosts.replace(None)
    assert store.hosts.exists is False
    store.hosts.replace(([], "1"))
    assert store.hosts.exists is True


def test_a_kind_whose_first_object_was_seen_is_not_known_until_all_are_listed() -> None:
    store = Store()
    store.hosts.put(an_object("first"))
    assert store.hosts.exists is False


def test_images_are_found_by_the_profiles_that_they_use_now() -> None:
    store = Store()
    store.images.put(an_image("one", "base", "worker"))
    store.images.put(an_image("two", "base"))
    assert [key for key, _ in store.images.indexed("default", "base")] == [("default", "one"), ("default", "two")]
    store.images.put(an_image("one", "worker", version=2))
    assert [key for key, _ in store.images.indexed("default", "base")] == [("default", "two")]
    assert store.images.indexed("elsewhere", "base") == []


def test_a_shared_job_wakes_every_image_that_uses_its_root_filesystem() -> None:
    store, one, two = Store(), ("default", "one"), ("default", "two")
    store.note_shared_jobs(one, ["rootfs-a"])
    store.note_shared_jobs(two, ["rootfs-a"])
    assert store.images_of_job(an_object("rootfs-a")) == {one, two}
    assert store.images_of_pod(a_rootfs_pod()) == {one, two}
    store.note_shared_jobs(one, ["rootfs-b"])
    store.note_shared_jobs(two, ())
    assert store.images_of_job(an_object("rootfs-a")) == set()


def a_pod_of(job: Json, version: int = 1, **more: Any) -> Json:
    labels = {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
    metadata = {"labels": labels, "ownerReferences": [{"uid": job["metadata"]["uid"]}]}
    return an_object("pod", version, metadata=metadata, **more)


def test_a_pod_that_is_lost_is_remembered_for_as_long_as_its_job() -> None:
    store, job = Store(), an_object("worker-b", uid="first")
    store.jobs.put(job)
    store.pods.put(a_pod_of(job))
    store.lose_pod({**a_pod_of(job), "status": {"reason": "NodeLost"}})
    assert store.pods.get(("default", "pod")) is not None
    store.jobs.remove(job)
    store.forget_pods_of(job)
    assert store.pods.get(("default", "pod")) is None


def test_a_list_leaves_what_was_known_last_of_a_lost_pod_while_its_job_is_there() -> None:
    store, job = Store(), an_object("worker-b", uid="first")
    store.jobs.put(job)
    store.pods.put(a_pod_of(job))
    store.lose_pod(a_pod_of(job, version=5, status={"reason": "NodeLost"}))
    for version in ("9", "12"):
        store.list_pods(([], version))
        assert (store.pods.get(("default", "pod")) or {})["status"] == {"reason": "NodeLost"}
    store.jobs.replace(([an_object("worker-b", 20, uid="second")], "21"))
    store.list_pods(([], "22"))
    assert set(store.pods) == set()


def test_a_list_removes_a_pod_whose_end_a_watch_missed() -> None:
    store, job = Store(), an_object("worker-b", uid="first")
    store.jobs.put(job)
    store.pods.put(a_pod_of(job))
    store.list_pods(([], "9"))
    assert set(store.pods) == set(), "the watch may still tell why"


def test_a_pod_of_a_job_that_is_tried_again_is_forgotten_when_it_is_lost() -> None:
    store, former = Store(), an_object("worker-b", uid="first")
    store.pods.put(a_pod_of(former))
    store.jobs.put(an_object("worker-b", 2, uid="second"))
    store.forget_pods_of(an_object("worker-b", 2, uid="second"))
    assert store.pods.get(("default", "pod")) is not None
    store.lose_pod(a_pod_of(former))
    assert store.pods.get(("default", "pod")) is None


def test_an_images_own_job_wakes_it_alone() -> None:
    job = an_object("worker-b", metadata={"labels": {"airshipit.org/image": "worker"}})
    assert Store().images_of_job(job) == {("default", "worker")}


def test_inputs_are_needed_while_a_job_or_a_current_spec_refers_to_them() -> None:
    store = Store()
    shared, own = an_object("rootfs-a"), an_object("worker-b", metadata={"labels": {"airshipit.org/image": "worker"}})
    own["metadata"]["labels"]["airshipit.org/build-hash"] = "b" * 10
    assert not store.needs_inputs(shared)
    assert not store.needs_inputs(own)
    store.note_shared_jobs(("default", "worker"), ["rootfs-a"])
    store.images.put({**an_image("worker"), "status": {"buildHash": "b" * 64}})
    assert store.needs_inputs(shared)
    assert store.needs_inputs(own)


def test_what_only_the_api_server_and_kubectl_need_is_not_kept() -> None:
    store = Store()
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "yes"}
    store.images.put(
        {
            **an_image("one"),
            "metadata": {**an_image("one")["metadata"], "annotations": annotations, "managedFields": []},
        }
    )
    found = store.images.get(("default", "one"))
    assert found is not None
    assert found["metadata"]["annotations"] == {"mine": "yes"}
    assert "managedFields" not in found["metadata"]


def test_a_configmap_is_kept_while_an_image_names_it() -> None:
    store = Store()
    one, other, site = ("default", "one"), ("default", "other"), ("default", "site")
    store.note_config_maps(one, ["site", "more"])
    store.note_config_maps(other, ["site"])
    store.config_maps.put(an_object("site", data={"a": "b"}))
    assert store.images_of_config_map(site) == {one, other}
    store.note_config_maps(one, ["more"])
    assert store.images_of_config_map(site) == {other}
    found = store.config_maps.get(site)
    assert found is not None
    assert found.values == {"a": b"b"}
    store.note_config_maps(other, ())
    assert store.config_maps.get(site) is None
    assert set(store.needed_config_maps()) == {("default", "more")}
