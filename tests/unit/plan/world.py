"""A cluster in memory: holds what plans write, and ends Jobs as a script says."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus
from airship_images.plan.actions import Action, CheckURL, CreateInputs, DeleteJob, StartBuild
from airship_images.plan.events import Event
from airship_images.plan.jobs import PHASES, Job
from airship_images.plan.plan import Plan, plan
from airship_images.plan.served import Served
from airship_images.plan.state import Check, State
from tests.unit.plan.states import DIGEST, a_failure, a_result, image_job, rootfs_job

Fate = Literal["done", "outside", "memory", "input"]
"""How a Job ends."""


class KilledError(Exception):
    """The operator died here."""


@dataclass
class World:
    """The image at `start`, its Jobs, and the fates of the Jobs that are started, one after the other."""

    start: State
    fates: Iterator[Fate]
    urls: Iterator[bool]
    """Whether the artifact's URL answers rightly, each time that it is asked."""
    jobs: dict[str, Job] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    status: AirshipImageStatus = field(default_factory=AirshipImageStatus)
    checks: dict[tuple[str, str], Check] = field(default_factory=dict)
    now: timedelta = timedelta()
    started: Counter[str] = field(default_factory=Counter)
    told: Counter[Event] = field(default_factory=Counter)
    actions: int = 0
    kill_at: frozenset[int] = frozenset()
    """Numbers of actions (and events and status writes) after which the operator dies."""

    def state(self) -> State:
        return replace(
            self.start,
            now=self.start.now + self.now,
            status=self.status,
            rootfs_job=self.jobs.get(rootfs_job(self.start).name),
            image_job=self.jobs.get(image_job(self.start).name),
            checks=self.checks,
        )

    def reconcile(self) -> Plan:
        """One look by the operator, which may die in the middle of it."""
        found = plan(self.state())
        for event in found.events:
            self.told[event] += 1
            self._survive()
        for action in found.actions:
            self._do(action)
            self._survive()
        if found.status != self.status and not found.leaves_status:
            self.status = found.status
            self._survive()
        return found

    def live(self, looks: int = 200) -> None:
        """Look, be killed and started again, and let Jobs end, until nothing happens any more."""
        for _ in range(looks):
            try:
                found = self.reconcile()
            except KilledError:
                self.checks = {}
                self.end_jobs()
                self.now += timedelta(hours=1)
                continue
            ended = self.end_jobs()
            if not found.actions and not ended and found.wake_after is None:
                assert plan(self.state()) == replace(found, events=()), (
                    "nobody would look again, and there is something left to do"
                )
                return
            self.now += found.wake_after or timedelta(seconds=1)
        raise AssertionError(f"not at rest after {looks} looks: {self.status.model_dump_json()}")

    def _do(self, action: Action) -> None:
        match action:
            case CreateInputs():
                self.inputs.add(action.name)
            case StartBuild():
                assert action.name in self.inputs, "a Job would wait for its inputs"
                assert self.status.image is None or self.status.image.build_hash != action.build_hash
                self._start(action)
            case DeleteJob():
                if action.name in self.jobs and self.jobs[action.name].uid == action.uid:
                    del self.jobs[action.name]
            case CheckURL():
                reason = None if next(self.urls) else Reason.URL_UNREACHABLE
                served = Served(action.url, f"sha256:{DIGEST}", reason, "" if reason is None else "no answer")
                self.checks[action.url, action.digest] = Check(self.start.now + self.now, served)

    def _start(self, action: StartBuild) -> None:
        if action.name not in self.jobs:  # the API server refuses a name that is taken
            self.started[action.name] += 1
            uid = f"{action.name}-{self.started[action.name]}"
            self.jobs[action.name] = Job(action.name, uid, action.attempt, "active", PHASES[action.kind][0])

    def end_jobs(self) -> bool:
        """Let every Job that runs meet its fate; was there one?"""
        active = [job for job in self.jobs.values() if job.outcome == "active"]
        for job in active:
            self.jobs[job.name] = self._ended(job)
        return bool(active)

    def _ended(self, job: Job) -> Job:
        fate, moment = next(self.fates), self.start.now + self.now
        rootfs = job.name.startswith("rootfs-")
        if fate == "done":
            result = None if rootfs else a_result()
            return replace(
                job, outcome="succeeded", phase="commit" if rootfs else "publish", finished=moment, result=result
            )
        failure = a_failure("rootfs" if rootfs else "configure", retryable=fate != "input")
        if fate == "memory":
            failure = failure.model_copy(update={"reason": Reason.OUT_OF_MEMORY})
        return replace(job, outcome="failed", phase=failure.phase, finished=moment, failure=failure)

    def _survive(self) -> None:
        self.actions += 1
        if self.actions in self.kill_at:
            raise KilledError
