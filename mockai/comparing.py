"""Two recordings compared by what they mean: which exchanges came, went or changed, and where.

Exchanges are paired by what matching would find, in order; those left over with the nearest of their operation.
Values that differ from run to run (ids, times, fingerprints, counts of rate limits) are told apart from all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

import orjson

from .call import Call
from .check import content, streams
from .http import Exchange, Headers
from .match import ABSENT, Mismatch, compare, differences, key_of
from .matching import Rule
from .sse import DONE, parse
from .telling import answered
from .understand import understand

MOST_PAIRS = 100_000
"""How many pairs are looked at for the nearest: beyond that the rest counts as gone and come."""
ALIKE = 0.5
"""The part of the places of a request that may differ in one that was changed, and is not another one."""

HEADERS = re.compile(
    r"date|age|server|via|alt-svc|cf-.*|.*request-?id|x-ms-.*|apim-.*|openai-processing-ms|x-ratelimit-(?:remaining|reset)-.*"
    r"|x-envoy-.*|etag|last-modified|expires|set-cookie|content-length|user-agent|x-stainless-.*|azureml-.*|.*-trace-.*"
)
"""Headers whose values differ from run to run."""
NAMES = re.compile(
    r"(?:^|\.)(?:id|created|\w+_at|\w*_id|system_fingerprint|obfuscation|request_id|sequence_number|\w*_ms)$", re.ASCII
)
"""Names of fields whose values do."""
IDS = re.compile(r"(?P<prefix>[a-z]+(?:[-_][a-z]+)*[-_])[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place of an exchange that differs: `request.messages[0].content`. `volatile` ones differ in every run."""

    where: str
    before: object
    after: object
    volatile: bool = False

    def __str__(self) -> str:
        return (
            str(Mismatch(self.where, self.before, self.after)).replace(": wanted ", ": was ").replace(", got ", ", is ")
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one exchange; `before` is None for a new one, `after` for one that is gone."""

    kind: Literal["added", "removed", "changed", "same"]
    before: Exchange | None
    after: Exchange | None
    differences: tuple[Difference, ...] = ()


def changes(before: Sequence[Exchange], after: Sequence[Exchange], rule: Rule) -> list[Change]:
    """What became of each exchange, in the order of `after`; those that are gone at the end."""
    old, new = ([understand(each.request) for each in several] for several in (before, after))
    pairs = _paired(old, new, rule)
    told = []
    for index, exchange in enumerate(after):
        other = pairs.get(index)
        if other is None:
            told.append(Change("added", None, exchange))
            continue
        found = tuple(_differences(before[other], exchange, old[other], new[index], rule))
        lasting = any(not each.volatile for each in found)
        told.append(Change("changed" if lasting else "same", before[other], exchange, found))
    kept = set(pairs.values())
    told += [Change("removed", exchange, None) for index, exchange in enumerate(before) if index not in kept]
    return told


def _paired(old: Sequence[Call], new: Sequence[Call], rule: Rule) -> dict[int, int]:
    """For the index of each new call that of the old one it stands for, as far as there is one."""
    waiting: dict[str, list[int]] = {}
    for index, call in enumerate(old):
        waiting.setdefault(key_of(call, rule), []).append(index)
    pairs: dict[int, int] = {}
    for index, call in enumerate(new):
        same = waiting.get(key_of(call, rule))
        if same:
            pairs[index] = same.pop(0)
    left = [index for indices in waiting.values() for index in indices]
    fresh = [index for index in range(len(new)) if index not in pairs]
    if len(left) * len(fresh) > MOST_PAIRS:
        return pairs
    scored = sorted(
        (distance, abs(one - other), one, other)
        for one in fresh
        for other in left
        if old[other].name == new[one].name
        for distance in [len(list(differences(old[other], new[one], rule)))]
        if distance <= max(1, ALIKE * _places(old[other].body))
    )
    for *_, one, other in scored:
        if one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs


def _differences(before: Exchange, after: Exchange, old: Call, new: Call, rule: Rule) -> Iterator[Difference]:
    for mismatch in differences(old, new, rule):
        place = mismatch.where if mismatch.where in ("request", "query") else f"request.{mismatch.where}"
        yield Difference(place.removesuffix(".body"), mismatch.wanted, mismatch.got)
    one, other = before.reply, after.reply
    if one.status != other.status:
        yield Difference("status", one.status, other.status)
    yield from _headers(one.headers, other.headers)
    bodies = content(one), content(other)
    if bodies[0] == bodies[1]:
        return
    if bodies[0] is not None and bodies[1] is not None and streams(one, bodies[0]) and streams(other, bodies[1]):
        yield from _streams(before, after, bodies[0], bodies[1])
        return
    values = [_json(body) for body in bodies]
    if ABSENT in values:
        yield Difference("response", f"{len(bodies[0] or b'')} bytes", f"{len(bodies[1] or b'')} bytes")
        return
    yield from _values(values[0], values[1], "response")


def _headers(before: Headers, after: Headers) -> Iterator[Difference]:
    """Headers by name, whatever their order."""
    named = [{name: [value for key, value in lines if key == name] for name, _ in lines} for lines in (before, after)]
    for name in sorted(named[0].keys() | named[1].keys()):
        values = [each.get(name) for each in named]
        if values[0] != values[1]:
            told = [ABSENT if value is None else value[0] if len(value) == 1 else value for value in values]
            yield Difference(f"headers.{name}", told[0], told[1], HEADERS.fullmatch(name) is not None)


def _streams(before: Exchange, after: Exchange, one: bytes, other: bytes) -> Iterator[Difference]:
    """Streams event by event where they have as many, else by what they add up to."""
    events = [
        [_json(event.data.encode()) for event in parse(body) if event.data.strip() != DONE] for body in (one, other)
    ]
    if len(events[0]) == len(events[1]):
        for number, (was, now) in enumerate(zip(*events, strict=True), 1):
            yield from _values(was, now, f"event {number}")
        return
    yield Difference("events", len(events[0]), len(events[1]), volatile=True)
    said = [[(line.who, line.text) for line in answered(exchange)] for exchange in (before, after)]
    for was, now in zip_longest(*said, fillvalue=None):
        if was != now:
            who = (was or now or ("",))[0]
            yield Difference(f"stream, {who}", was[1] if was else ABSENT, now[1] if now else ABSENT)


def _values(before: Any, after: Any, place: str) -> Iterator[Difference]:
    for mismatch in compare(before, after):
        where = place if mismatch.where == "body" else f"{place}.{mismatch.where}"
        yield Difference(where, mismatch.wanted, mismatch.got, _volatile(where, mismatch.wanted, mismatch.got))


def _volatile(where: str, before: object, after: object) -> bool:
    """Whether a value differs from run to run: by its name, or because both are ids of one kind."""
    if type(before) is not type(after):
        return False
    if NAMES.search(where):
        return True
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    ids = IDS.fullmatch(before), IDS.fullmatch(after)
    return ids[0] is not None and ids[1] is not None and ids[0]["prefix"] == ids[1]["prefix"]


def _json(body: bytes | None) -> Any:
    try:
        return orjson.loads(body or b"null")
    except orjson.JSONDecodeError:
        return ABSENT


def _places(value: Any) -> int:
    """How many values there are in a body."""
    if isinstance(value, dict):
        return sum(map(_places, value.values()))
    if isinstance(value, list):
        return sum(map(_places, value))
    return 1
