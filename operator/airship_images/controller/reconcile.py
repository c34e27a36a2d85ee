"""One look at one image: gather, plan, apply; and what follows when it fails."""

import time
from dataclasses import replace

from airship_images.api.build import SHORT_HASH
from airship_images.cluster.apply import Applier
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.controller import metrics
from airship_images.controller.attempt import attempt
from airship_images.controller.line import WaitingLine
from airship_images.controller.logs import BUILD, IMAGE, STEP
from airship_images.controller.queue import Queue
from airship_images.controller.watchdog import Watchdog
from airship_images.plan.actions import StartBuild
from airship_images.plan.plan import Plan, plan
from airship_images.plan.state import State


class Reconciler:
    """What the workers do, all of them at once, each with another image."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        line: WaitingLine,
        watchdog: Watchdog,
        gatherer: Gatherer,
        applier: Applier,
    ) -> None:
        self._store = store
        self._queue = queue
        self._line = line
        self._watchdog = watchdog
        self._gatherer = gatherer
        self._applier = applier

    async def work(self) -> None:
        """Take images from the queue for ever; raises LostLeaseError when we may not write any more."""
        while True:
            key = await self._queue.get()
            metrics.QUEUE_SECONDS.observe(self._queue.last_wait)
            self._watchdog.begins(key)
            IMAGE.set("/".join(key))
            BUILD.set("")
            started = time.monotonic()
            try:
                outcome = await attempt(self._queue, key, self._reconcile)
            finally:
                self._watchdog.ends(key)
                self._queue.done(key)
            metrics.RECONCILES.labels(outcome).inc()
            metrics.RECONCILE_SECONDS.observe(time.monotonic() - started)

    async def _reconcile(self, key: Key) -> None:
        STEP.set("gather")
        state = await self._gatherer.gather(key)
        if state is None:
            self._store.note_shared_jobs(key, ())
            self._store.note_config_maps(key, ())
            self._store.standings.pop(key, None)
            self._line.leave(key)
            return
        STEP.set("plan")
        BUILD.set("" if state.build_hash is None else state.build_hash[:SHORT_HASH])
        found = self._plan(key, state)
        STEP.set("apply")
        try:
            held_back = await self._applier.apply(state, found)
        finally:
            self._line.settle(key)
        if held_back == 0 and not found.leaves_status:
            metrics.count_builds(state.status, found.status)
        for action in found.actions:
            metrics.ACTIONS.labels(type(action).__name__).inc()
        if found.leaves_status and not state.deleting:  # one that is let go is gone, as its watch will tell
            self._queue.add(key)
        if found.wake_after is not None:
            self._queue.add_after(key, found.wake_after.total_seconds())
        if held_back > 0:
            self._queue.add_after(key, held_back)

    def _plan(self, key: Key, state: State) -> Plan:
        """The plan, made again with its place in the line where no further build may start, or that it never fits."""
        found = plan(state)
        starts = next((action for action in found.actions if isinstance(action, StartBuild)), None)
        if starts is None:
            self._line.leave(key)
            return found
        turn = self._line.ask(key, starts, state.waiting_since)
        if turn is not None:
            return plan(replace(state, turn=turn))
        fitting = self._gatherer.that_fits(key, state)
        return found if fitting is state else plan(fitting)
