"""Stored objects and their lifecycles, with a clock that moves only when told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai import ManualClock, MockAI
from mockai.errors import ConfigError
from mockai.lifecycle import Lifecycle, Move, lifecycle, through
from mockai.resources import PATIENCE, Resource, ResourceStore

STATUSES = ("in_progress", "finalizing", "completed")


def store(text: str = "instant") -> ResourceStore:
    return ResourceStore(ManualClock(1000), lifecycle(text))


def moving(resources: ResourceStore) -> Resource:
    value = {"id": "batch_1", "status": "validating", "in_progress_at": None, "completed_at": None}
    return resources.add("/batches", value, next=through(*STATUSES))


def clock(resources: ResourceStore) -> ManualClock:
    assert isinstance(resources.clock, ManualClock)
    return resources.clock


def test_at_once_is_before_the_next_request() -> None:
    resources = store()
    batch = moving(resources)
    assert batch.value["status"] == "validating"
    assert resources.poll_after_ms(batch) == 10
    clock(resources).advance(5)
    resources.settle()
    assert batch.value == {"id": "batch_1", "status": "completed", "in_progress_at": 1005, "completed_at": 1005}
    assert resources.poll_after_ms(batch) is None


def test_seconds_move_on_by_the_clock_and_times_are_those_of_the_steps() -> None:
    resources = store("seconds=2.5")
    batch = moving(resources)
    assert resources.poll_after_ms(batch) == 2500
    for seconds, status in ((2.4, "validating"), (0.1, "in_progress"), (2, "in_progress"), (7, "completed")):
        clock(resources).advance(seconds)
        resources.settle()
        assert batch.value["status"] == status
    assert (batch.value["in_progress_at"], batch.value["completed_at"]) == (1002, 1007)
    resources.look(batch)
    assert batch.value["status"] == "completed"


def test_looks_move_on_what_is_looked_at() -> None:
    resources = store("looks=2")
    batch, other = moving(resources), resources.add("/batches", {"id": "b", "status": "new"}, next=through("old"))
    seen = [resources.look(batch).value["status"] for _ in range(7)]
    assert seen == ["validating", "in_progress", "in_progress", "finalizing", "finalizing", "completed", "completed"]
    clock(resources).advance(100)
    resources.settle()
    assert other.value["status"] == "new"


def test_a_step_may_send_its_object_another_way() -> None:
    resources = store()

    def fails(resource: Resource, _now: float) -> Move | None:
        resources.set_out(resource, through("failed"))
        return through("completed")

    batch = resources.add("/batches", {"id": "b", "status": "new"}, next=fails)
    resources.settle()
    assert batch.value["status"] == "failed"


def test_what_never_rests_is_cut_off() -> None:
    resources, steps = store(), []

    def again(_resource: Resource, now: float) -> Move | None:
        steps.append(now)
        return again

    resources.add("/batches", {"id": "b"}, next=again)
    resources.settle()
    assert len(steps) == PATIENCE


def test_what_expires_is_gone_and_takes_with_it_what_stands_below() -> None:
    resources = store("seconds=1")
    resources.add("/threads", {"id": "t"}, expires=1010.0)
    resources.add("/threads/t/messages", {"id": "m", "status": "new"}, next=through("old"))
    resources.add("/threads/t2/messages", {"id": "other"})
    clock(resources).advance(9.9)
    assert resources.find("/threads", "t") is not None
    clock(resources).advance(0.1)
    assert resources.all("/threads") == []
    assert resources.find("/threads/t/messages", "m") is None
    assert list(resources.places("/threads")) == ["/threads", "/threads/t2/messages"]
    resources.settle()
    assert resources.find("/threads/t2/messages", "other")


def test_an_id_with_a_slash_stays_one_step_of_the_path() -> None:
    resource = store().add("/models", {"id": "a/b"})
    assert resource.path == "/models/a%2Fb"


@given(st.lists(st.sampled_from("abcde")))
def test_objects_keep_the_order_of_their_creation(ids: list[str]) -> None:
    resources = store()
    for id in ids:
        resources.add("/files", {"id": id})
    assert sorted(found.id for found in resources.all("/files")) == sorted(set(ids))
    assert [found.number for found in resources.all("/files")] == sorted(
        found.number for found in resources.all("/files")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("instant", Lifecycle()),
        ("looks=3", Lifecycle(looks=3)),
        ("seconds=0.25", Lifecycle(seconds=0.25)),
        ("seconds=10", Lifecycle(seconds=10.0)),
    ],
)
def test_a_lifecycle_is_written(text: str, expected: Lifecycle) -> None:
    assert lifecycle(text) == expected


@pytest.mark.parametrize("text", ["", "looks=0", "looks=", "seconds=0", "seconds=-1", "seconds=1e9", "now"])
def test_what_is_no_lifecycle_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        MockAI(lifecycle=text)


def test_the_refusal_says_what_to_write(golden: Callable[[str, object], None]) -> None:
    with pytest.raises(ConfigError) as caught:
        lifecycle("slow")
    golden("lifecycle", caught.value)
