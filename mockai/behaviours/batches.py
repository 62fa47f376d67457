"""Batches: a file of requests, each of which really runs through this mock, and the files of what came of them.

Fields, their order and the form of the output are those of traffic recorded in 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID

import orjson

from ..batching import Line, read
from ..call import Call
from ..collection import collections
from ..dice import HEX, dice, token
from ..errors import BadRequest
from ..http import Reply, Request
from ..kinds import ENDED, chance, fields, found, shown
from ..lifecycle import Move, enter
from ..metering import BATCH
from ..resources import Resource
from . import Mock, behaviour
from .files import BATCH_SECONDS, file_named, keep

PLACE = "/batches"
WINDOW_SECONDS = 24 * 3600.0
MOMENTS = ("in_progress", "expires", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")


@behaviour("batches.create")
def create(call: Call, mock: Mock) -> Reply:
    """A batch about to be validated. Raises NotFound for an unknown file, BadRequest for one of another purpose."""
    given, now = fields(call), mock.clock.now()
    file = file_named(given["input_file_id"], mock, call)
    if file.value["purpose"] != "batch" and not file.conjured:
        words = f"The input file's purpose is '{file.value['purpose']}'. Upload it with the purpose 'batch'."
        raise BadRequest(words, param="input_file_id")
    value: dict[str, Any] = {
        "id": collections()[PLACE].id(chance(call, mock)),
        "object": "batch",
        "endpoint": given["endpoint"],
        "model": None,
        "errors": None,
        "input_file_id": file.id,
        "completion_window": given["completion_window"],
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": int(now),
        **{f"{moment}_at": None for moment in MOMENTS},
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": _usage(0, 0, 0, 0),
        "metadata": given.get("metadata"),
    }
    value["expires_at"] = int(now + WINDOW_SECONDS)
    lives = (given.get("output_expires_after") or {}).get("seconds") or BATCH_SECONDS
    batch = mock.resources.add(PLACE, value)
    mock.resources.set_out(batch, Work(call, mock, lives).validate)
    return shown(call, mock, batch)


@behaviour("batches.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A batch that runs no more lines; what has run is kept. Raises BadRequest for one that has ended."""
    batch = found(call, mock)
    status, now = batch.value["status"], mock.clock.now()
    if status in ENDED and not batch.conjured:
        raise BadRequest(f"Cannot cancel a batch with status '{status}'.")
    if status != "cancelling":
        work = batch.private.get("work") or Work(call, mock, BATCH_SECONDS)
        enter(batch, "cancelling", now)
        mock.resources.set_out(batch, work.cancelled)
    return shown(call, mock, batch)


class Work:
    """What a batch does from step to step; `lives` is how many seconds its output is kept."""

    def __init__(self, call: Call, mock: Mock, lives: float) -> None:
        self.call, self.mock, self.lives = call, mock, lives
        self.lines: list[Line] = []
        self.done: dict[bool, list[bytes]] = {True: [], False: []}

    def validate(self, batch: Resource, now: float) -> Move | None:
        """Read the file: on with its lines, or no further than their mistakes."""
        batch.private["work"] = self
        file = self.mock.resources.find("/files", batch.value["input_file_id"])
        self.lines, errors = read((file.content if file else None) or b"", batch.value["endpoint"])
        if errors:
            batch.value["errors"] = {"object": "list", "data": errors}
            enter(batch, "failed", now)
            return None
        batch.value["request_counts"] = {"total": len(self.lines), "completed": 0, "failed": 0}
        enter(batch, "in_progress", now)
        return self.run

    def run(self, batch: Resource, now: float) -> Move | None:
        """Run half of the lines, so that there is a midway; then the rest."""
        if now >= batch.value["expires_at"]:
            self.expired(batch, now)
            return None
        total, ran = len(self.lines), sum(map(len, self.done.values()))
        half = (total + 1) // 2
        for line in self.lines[ran : half if ran < half else total]:
            self.answer(batch, line, ran)
            ran += 1
        if ran < total:
            return self.run
        enter(batch, "finalizing", now)
        return self.complete

    def complete(self, batch: Resource, now: float) -> None:
        """Write what came of the lines."""
        self.write(batch)
        enter(batch, "completed", now)

    def cancelled(self, batch: Resource, now: float) -> None:
        """Write what came of the lines that had run."""
        self.write(batch)
        enter(batch, "cancelled", now)

    def expired(self, batch: Resource, now: float) -> None:
        """End unfinished: lines that have not run in time are errors."""
        for number, line in enumerate(self.lines[sum(map(len, self.done.values())) :]):
            words = "This request could not be executed before the completion window expired."
            error = {"code": "batch_expired", "message": words}
            self.done[False].append(_line(self.rng(batch, number), line.custom_id, None, error))
        self.write(batch)
        enter(batch, "expired", now)

    def answer(self, batch: Resource, line: Line, number: int) -> None:
        """Run one line as a request of its own."""
        headers = (("content-type", "application/json"), (BATCH, batch.id))
        reply = self.mock.ask(Request("POST", line.url, "", headers, orjson.dumps(line.body)))
        rng = self.rng(batch, number)
        try:
            body = orjson.loads(reply.content)
        except orjson.JSONDecodeError:
            body = reply.content.decode("utf-8", "replace")
        request_id = reply.header("x-request-id") or str(UUID(int=rng.getrandbits(128), version=4))
        response = {"status_code": reply.status, "request_id": request_id, "body": body}
        fine = reply.status < 400
        self.done[fine].append(_line(rng, line.custom_id, response, None))
        counts = batch.value["request_counts"]
        counts["completed" if fine else "failed"] += 1
        if fine and isinstance(body, dict):
            batch.value["model"] = body.get("model") or batch.value["model"]
            batch.value["usage"] = _added(batch.value["usage"], body.get("usage") or {})

    def write(self, batch: Resource) -> None:
        """The output file and the error file, each if there is anything in it."""
        for fine, name in ((True, "output"), (False, "error")):
            if self.done[fine]:
                data = b"\n".join([*self.done[fine], b""])
                file = keep(
                    self.call,
                    self.mock,
                    filename=f"{batch.id}_{name}.jsonl",
                    data=data,
                    purpose="batch_output",
                    expires_after=self.lives,
                )
                batch.value[f"{name}_file_id"] = file.id

    def rng(self, batch: Resource, number: int) -> Random:
        """The dice of one line."""
        return dice("batch", self.call.seed, batch.id, number)


def _line(rng: Random, custom_id: str, response: Any, error: Any) -> bytes:
    id = "batch_req_" + token(rng, 32, HEX)
    return orjson.dumps({"id": id, "custom_id": custom_id, "response": response, "error": error})


def _usage(given: int, said: int, cached: int, thought: int) -> dict[str, Any]:
    return {
        "input_tokens": given,
        "output_tokens": said,
        "total_tokens": given + said,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens_details": {"reasoning_tokens": thought},
    }


def _added(before: Mapping[str, Any], used: Mapping[str, Any]) -> dict[str, Any]:
    """The usage so far, and that of one more answer, whatever its endpoint calls the parts."""
    given = used.get("input_tokens", used.get("prompt_tokens")) or 0
    said = used.get("output_tokens", used.get("completion_tokens")) or 0
    cached = (used.get("input_tokens_details") or used.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    details = used.get("output_tokens_details") or used.get("completion_tokens_details") or {}
    return _usage(
        before["input_tokens"] + given,
        before["output_tokens"] + said,
        before["input_tokens_details"]["cached_tokens"] + cached,
        before["output_tokens_details"]["reasoning_tokens"] + (details.get("reasoning_tokens") or 0),
    )
