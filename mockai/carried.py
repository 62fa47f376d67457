"""Ids carried over: what an answer called its objects when it was recorded, and what the new answer calls them.

A later request names the objects of earlier answers (a file, a thread, a response). Sent again, it has to name those
that exist now.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from .call import Call
from .check import content, streams
from .features import tag
from .http import Reply, Request
from .sse import parse

SHORTEST = 6
"""Characters that an id has at least; what is shorter (the `0` of an index) could stand anywhere."""

NAMED = re.compile(r"(?:.*_)?ids?|conversation")
"""Fields that hold ids."""

MADE_BY_API = re.compile(
    r"(?:file|resp|conv|asst|thread|run|step|msg|vs|vsfb|batch|ftjob|upload|cntr|cfile|eval|evalrun|rs|fc|ig|ws|ci|mcp|skill|"
    r"video)[-_][A-Za-z0-9_-]{6,}"
)
"""Ids that only the API gives out."""


def matched(recorded: Reply, fresh: Reply) -> dict[str, str]:
    """The ids of a recorded answer with those that stand in their place in the new one."""
    return dict(_pairs(_value(recorded), _value(fresh), ""))


def created(call: Call, reply: Reply) -> set[str]:
    """The ids that an answer gave to what its request has made: those that the request did not name itself."""
    if call.request.method == "GET" or reply.status >= 400:
        return set()
    named = f"{call.request.path} {call.request.body.decode('utf-8', 'replace')}"
    return {id for id in matched(reply, reply) if id not in named}


def _value(reply: Reply) -> Any:
    """The JSON of an answer: its body, or the events of its stream."""
    body = content(reply) or b""
    found = []
    for text in (event.data for event in parse(body)) if streams(reply, body) else (body,):
        try:
            found.append(orjson.loads(text))
        except orjson.JSONDecodeError:
            continue
    return found


def _pairs(old: Any, new: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(old, str) and isinstance(new, str):
        if NAMED.fullmatch(name) and min(len(old), len(new)) >= SHORTEST:
            yield old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            yield from _pairs(old[key], new[key], key)
    elif isinstance(old, list) and isinstance(new, list):
        old = [each for each in old if isinstance(each, str | dict | list)]
        waiting = defaultdict(list)
        for each in reversed(new if old else []):
            waiting[_sort(each)].append(each)
        for each in old:
            if waiting[_sort(each)]:
                yield from _pairs(each, waiting[_sort(each)].pop(), name)


def _sort(value: Any) -> str:
    return tag(value) if isinstance(value, dict) else ""


def carried(request: Request, ids: Mapping[str, str]) -> Request:
    """The same request with other ids, wherever they stand in path, query and body."""
    longest = sorted((old for old, new in ids.items() if old != new), key=len, reverse=True)
    if not longest:
        return request
    known = re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, longest))})(?![A-Za-z0-9_-])")

    def other(text: str) -> str:
        return known.sub(lambda found: ids[found[0]], text)

    body = other(request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return replace(request, path=other(request.path), query=other(request.query), body=body)


def names(call: Call) -> list[str]:
    """The ids in a request's path."""
    return [value for name, value in call.values.items() if name.endswith("_id")]


def mentions(call: Call) -> list[str]:
    """The ids of the API's own objects that a request names, in its path and in its body."""
    found = names(call)
    waiting = [call.body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and MADE_BY_API.fullmatch(value):
            found.append(value)
    return list(dict.fromkeys(found))
