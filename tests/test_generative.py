"""Whatever a schema allows is asked of every operation that makes something; every answer keeps to its own schema.

500 requests in all; 10,000 and other ones each time with the profile `nightly` (`make nightly`).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from asking import ask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockai import ManualClock, MockAI
from mockai.http import Reply, Request
from mockai.ongoing import Ongoing, played
from mockai.operations import Operation, operations
from mockai.pictures import picture
from mockai.registry import registry
from mockai.sse import DONE, Event, parse
from mockai.strategies import Upload, requests

ROWS = [
    row
    for row in operations().values()
    if row.method == "POST" and row.body and row.kind in ("behaviour", "create") and not row.twin
    if not row.id.startswith("admin.")
]
SHARES = {row.id: 6 if row.stream else 2 if row.kind == "behaviour" else 1 for row in ROWS}
EXAMPLES = 5 * settings.default.max_examples
NIGHTLY = EXAMPLES > 500

ENDINGS = frozenset(
    (DONE, "response.completed", "response.incomplete", "response.failed", "image_generation.completed",
     "image_edit.completed", "transcript.text.done", "speech.audio.done", "agent.session.idle",
     "agent.session.requires_action")
)  # fmt: skip
"""The last event of a stream, by its data or its type; of pictures each has its own."""

LED = {"n": st.integers(1, 3) | st.none()}
"""Members that would make a machine work for nothing: 128 pictures are as good as three."""

OF: dict[str, dict[str, Any]] = {
    "beta.agents.sessions.create": {"agent_id": st.just("agent_1")},
    "fine_tuning.jobs.create": {"model": st.sampled_from(("gpt-4o-mini-2024-07-18", "gpt-4.1-nano-2025-04-14"))},
    "images.edit": {"image": st.just(Upload("a.png", picture("png", 64, 64, (90, 120, 150))))},
}
"""What an operation wants and its schema does not say: what every model or no file would be refused for."""

tally: defaultdict[str, Counter[int]] = defaultdict(Counter)


def led(row: Operation) -> dict[str, Any]:
    """What is said of an operation's members."""
    properties = registry().schema(row.body or "").get("properties", {})
    stream = {"stream": st.booleans()} if row.stream else {}
    return stream | {name: each for name, each in (LED | OF.get(row.id, {})).items() if name in properties}


def refused(reply: Reply) -> None:
    """Assert that a refusal is one of the API's."""
    assert 400 <= reply.status < 500, reply.content
    error = json.loads(reply.content)["error"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert error["type"] != "mockai_error", error
    assert {"message", "type", "param", "code"} <= error.keys()


def answered(row: Operation, reply: Reply) -> None:
    """Assert that an answer is what its row promises."""
    media = (reply.header("content-type") or "").partition(";")[0]
    if media == "text/event-stream":
        streamed(row, list(parse(reply.content)))
    elif media == "application/json" and row.answer == "json" and row.result is not None:
        value = json.loads(reply.content)
        errors = [
            f"{error.instance_path}: {error.message}" for error in registry().errors(row.result, value, "produce")
        ]
        assert not errors, (errors[:3], value)


def streamed(row: Operation, events: list[Event]) -> None:
    """Assert that a stream is made of its events, counts them, and ends once."""
    names = []
    for event in events:
        if event.data == DONE:
            names.append(DONE)
            continue
        value = {"event": event.name, "data": event.value} if (event.name or "").startswith("thread.") else event.value
        assert row.stream is None or registry().valid(row.stream, value, "produce"), event
        names.append(value.get("type"))
    numbers = [event.value["sequence_number"] for event in events if '"sequence_number"' in event.data]
    assert numbers in ([], list(range(len(numbers)))), numbers
    if names[-2:] in (["transcript.text.done", DONE], ["speech.audio.done", DONE]):
        names.pop()  # these streams say it twice, as the API's do
    endings = [name for name in names if name in ENDINGS]
    assert endings[-1:] == names[-1:], names
    assert len(endings) == 1 or set(endings) <= {"image_generation.completed", "image_edit.completed"}, names


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """With the profile `nightly`, how many requests of each operation were answered."""
    yield
    if NIGHTLY:
        for id, statuses in tally.items():
            good = sum(number for status, number in statuses.items() if status < 300)
            print(f"{id:60} {good:5} of {statuses.total():5}  {dict(sorted(statuses.items()))}")


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a request with a sound in it
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_whatever_is_asked_is_answered_or_refused_as_the_api_does(row: Operation) -> None:
    @settings(
        max_examples=max(1, EXAMPLES * SHARES[row.id] // sum(SHARES.values())),
        derandomize=not NIGHTLY,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(row, **led(row)), st.sampled_from(("semantic", "schema")))
    def asked(request: Request, admission: Any) -> None:
        mock = MockAI(missing="conjure", clock=ManualClock(), admission=admission)
        reply = ask(mock, request)
        if isinstance(reply.body, Ongoing):
            list(islice(played(reply.body), 20))
        mock.resources.settle()
        tally[row.id][reply.status] += 1
        if reply.status < 300:
            answered(row, reply)
        else:
            refused(reply)

    asked()
