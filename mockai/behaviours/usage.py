"""Usage and costs: what this server was asked since the last reset, in buckets of time."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable
from math import ceil
from typing import Any, TypeAlias

from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..errors import BadRequest
from ..http import Reply
from ..tally import MINUTE
from ..value import value
from . import Mock, behaviour
from .admin_people import ORGANIZATION_ID
from .prices import LineItem, line_items

WIDTHS = {"1m": MINUTE, "1h": 60 * MINUTE, "1d": 24 * 60 * MINUTE}
PAGES = {"1m": (60, 1440), "1h": (24, 168), "1d": (7, 31)}
"""Buckets on a page, by their width: where the query does not say, and the most it may ask for."""

COST_PAGES = (7, 180)
STORES = "/vector_stores"

FILTERS = {
    "api_key_ids": "api_key_id",
    "batch": "batch",
    "context_levels": "context_level",
    "models": "model",
    "project_ids": "project_id",
    "sizes": "size",
    "sources": "source",
    "user_ids": "user_id",
    "vector_store_ids": "vector_store_id",
}

WHO = ("project_id", "user_id", "api_key_id")
TOKENS = ("input_tokens", "output_tokens", "num_model_requests")
DETAILS = ("input_cached_tokens", "input_audio_tokens", "output_audio_tokens", "input_cache_write_tokens")


@value(frozen=True, slots=True)
class Service:
    """How one service's usage is told: `object` is that of a result, which has amounts, facets, and more amounts."""

    object: str
    amounts: tuple[str, ...]
    facets: tuple[str, ...]
    more: tuple[str, ...] = ()


SERVICES = {
    "completions": Service("completions", TOKENS, (*WHO, "model", "batch", "service_tier"), DETAILS),
    "decisions": Service("decisions", TOKENS, (*WHO, "model", "batch", "service_tier"), DETAILS),
    "embeddings": Service("embeddings", ("input_tokens", "num_model_requests"), (*WHO, "model")),
    "moderations": Service("moderations", ("input_tokens", "num_model_requests"), (*WHO, "model")),
    "images": Service("images", ("images", "num_model_requests"), ("size", "source", *WHO, "model")),
    "audio_speeches": Service("audio_speeches", ("num_model_requests", "characters"), (*WHO, "model")),
    "audio_transcriptions": Service("audio_transcriptions", ("num_model_requests", "seconds"), (*WHO, "model")),
    "vector_stores": Service("vector_stores", ("usage_bytes",), ("project_id",)),
    "code_interpreter_sessions": Service("code_interpreter_sessions", ("num_sessions",), ("project_id",)),
    "file_search_calls": Service("file_searches", ("num_requests",), (*WHO, "vector_store_id")),
    "web_search_calls": Service(
        "web_searches", ("num_model_requests", "num_requests"), (*WHO, "model", "context_level")
    ),
}

Entry: TypeAlias = tuple[str, dict[str, str | bool], Counter[str]]
"""What was used in a bucket: the service, the facets, the amounts."""

Group: TypeAlias = tuple[str | bool | None, ...]


@value(frozen=True, slots=True)
class Span:
    """A bucket: unix seconds, the end excluded."""

    start: int
    end: int


def usage(name: str) -> Callable[[Call, Mock], Reply]:
    """The answer that tells the usage of one service."""
    service = SERVICES[name]

    def told(call: Call, mock: Mock) -> Reply:
        asked = _asked(call)
        group = tuple(asked.get("group_by") or ())
        spans, following = _page(asked, mock, aligned=False, sizes=PAGES[asked.get("bucket_width") or "1d"])
        used = _stored(mock, spans) if name == "vector_stores" else _used(mock, spans)
        data = []
        for span, entries in zip(spans, used, strict=True):
            groups: dict[Group, Counter[str]] = defaultdict(Counter)
            for of, facets, amounts in entries:
                if of == name and _wanted(facets, asked):
                    groups[tuple(facets.get(each) for each in group)].update(amounts)
            results = [_result(service, dict(zip(group, key, strict=True)), groups[key]) for key in groups]
            data.append(_bucket(span, results))
        body = {"object": "page", "data": data, "has_more": following is not None, "next_page": following}
        return answer(body, newline=True)

    return told


for _name in SERVICES:
    behaviour(f"admin.organization.usage.{_name}")(usage(_name))


@behaviour("admin.organization.usage.costs")
def costs(call: Call, mock: Mock) -> Reply:
    """What all that would have cost, by days; a result a line of the bill if grouped by `line_item`."""
    asked = _asked(call)
    group = tuple(asked.get("group_by") or ())
    spans, following = _page(asked, mock, aligned=True, sizes=COST_PAGES)
    data = []
    for span, entries in zip(spans, _used(mock, spans), strict=True):
        groups: dict[Group, list[LineItem]] = defaultdict(list)
        for service, facets, amounts in entries:
            for item in line_items(service, str(facets.get("model", "")), amounts, facets.get("batch") is True):
                about = {**facets, "line_item": item.name}
                if _wanted(about, asked, {**FILTERS, "line_items": "line_item"}):
                    groups[tuple(about.get(each) for each in group)].append(item)
        data.append(_bucket(span, [_cost(dict(zip(group, key, strict=True)), groups[key]) for key in groups]))
    body = {"object": "page", "has_more": following is not None, "next_page": following, "data": data}
    return answer(body, newline=True)


# -- buckets


def _asked(call: Call) -> dict[str, Any]:
    assert call.operation is not None
    asked = query_of(call, call.operation) or {}
    if asked.get("start_time") is None:
        missing = "Missing required parameter: 'start_time'."
        raise BadRequest(missing, param="start_time", code="missing_required_parameter")
    return asked


def _page(asked: dict[str, Any], mock: Mock, *, aligned: bool, sizes: tuple[int, int]) -> tuple[list[Span], str | None]:
    """The buckets of one page, and the name of the page after it.

    Buckets begin at whole minutes, hours or days (UTC). Of the first and the last, usage tells the part that was asked
    for; costs are told for whole days (`aligned`).
    """
    width = WIDTHS[asked.get("bucket_width") or "1d"]
    default, most = sizes
    limit = asked.get("limit") or default
    if limit > most:
        raise BadRequest(
            f"Invalid 'limit': integer above maximum value. Expected a value <= {most}, but got {limit} instead.",
            param="limit",
            code="integer_above_max_value",
        )
    start = asked["start_time"]
    now = ceil(mock.clock.now() + 0.001)
    end = min(asked.get("end_time") or now, now) if not aligned else asked.get("end_time") or now
    if page := asked.get("page"):
        start = _start(page, start, lenient=mock.missing == "conjure")
    if aligned:
        start, end = start // width * width, min(-(-end // width), -(-now // width)) * width
    spans: list[Span] = []
    while start < end and len(spans) < limit:
        following = (start // width + 1) * width
        spans.append(Span(start, min(following, end)))
        start = following
    return spans, _named(start) if start < end else None


def _named(start: int) -> str:
    return "page_" + urlsafe_b64encode(struct.pack(">q", start)).decode()


def _start(page: str, start: int, *, lenient: bool) -> int:
    """The unix second at which a page starts."""
    try:
        (found,) = struct.unpack(">q", urlsafe_b64decode(page.removeprefix("page_")))
        return int(found)
    except (ValueError, struct.error):
        if lenient:
            return start
        raise BadRequest(f"Invalid page: {page}", param="page") from None


def _used(mock: Mock, spans: list[Span]) -> list[list[Entry]]:
    """What was used in each bucket; a minute that the first one cuts belongs to it."""
    starts = [span.start for span in spans]
    used: list[list[Entry]] = [[] for _ in spans]
    for (minute, service, facets), amounts in mock.journal.tally().used.items():
        index = bisect(starts, minute) - 1
        if index < 0 and spans and minute + MINUTE > starts[0]:
            index = 0
        if index >= 0 and minute < spans[index].end:
            used[index].append((service, dict(facets), amounts))
    return used


def _stored(mock: Mock, spans: list[Span]) -> list[list[Entry]]:
    """The bytes that the vector stores of today held in each bucket."""
    stores = [(each.value["created_at"], each.value.get("usage_bytes") or 0) for each in mock.resources.all(STORES)]
    sizes = [sum(size for created, size in stores if created < span.end) for span in spans]
    return [[("vector_stores", {}, Counter({"usage_bytes": size}))] if size else [] for size in sizes]


def _wanted(facets: dict[str, str | bool], asked: dict[str, Any], filters: dict[str, str] = FILTERS) -> bool:
    for name, facet in filters.items():
        wanted = asked.get(name)
        if wanted is not None and facets.get(facet) not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


# -- results


def _bucket(span: Span, results: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "bucket", "start_time": span.start, "end_time": span.end, "results": results}


def _result(service: Service, group: dict[str, Any], amounts: Counter[str]) -> dict[str, Any]:
    return {
        "object": f"organization.usage.{service.object}.result",
        **{name: amounts[name] for name in service.amounts},
        **{facet: group.get(facet) for facet in service.facets},
        **{name: amounts[name] for name in service.more},
    }


def _cost(group: dict[str, Any], items: list[LineItem]) -> dict[str, Any]:
    result = {
        "object": "organization.costs.result",
        "amount": {"value": sum(item.dollars for item in items), "currency": "usd"},
        "line_item": group.get("line_item"),
        "project_id": group.get("project_id"),
        "organization_id": ORGANIZATION_ID,
    }
    if "line_item" in group:
        result["quantity"], result["quantity_unit"] = sum(item.quantity for item in items), items[0].unit
    return result
