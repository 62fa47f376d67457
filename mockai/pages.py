"""Lists: which objects a query asks for, and the page of them, in every dialect that the API pages in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .admit import query_of
from .call import Call
from .collection import Collection, collection
from .dice import dice
from .errors import BadRequest
from .operations import Operation
from .registry import registry
from .resources import Resource

LIMIT = 20
"""Objects on a page where neither the query nor its schema says."""

FOOT = ("has_more", "first_id", "last_id")
AMID = ("first_id", "has_more", "last_id")
ORDERS = {
    "files.list": FOOT,
    "responses.input_items.list": AMID,
    "beta.responses.input_items.list": AMID,
    "conversations.items.create": AMID,
    "conversations.items.list": AMID,
    "containers.list": AMID,
    "containers.files.list": AMID,
}
"""How a page's ends are ordered, where it is not first, last and more (recorded in 2025 and 2026)."""

PAGING = frozenset(("limit", "order", "after", "before", "page", "order_by"))
COMPARISONS = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
}


def listed(call: Call, resources: Sequence[Resource], *, lenient: bool = False) -> dict[str, Any]:
    """The page of `resources` (the oldest first) that a call's query asks for, as the dialect of its operation has it.

    `after` and `before` name objects by their id; of what lies before one, the nearest objects make the page.
    Raises BadRequest for a cursor that names no object of the list, unless `lenient`.
    """
    row = call.operation
    assert row is not None
    kind = collection(row)
    asked = query_of(call, row) or {}
    found = [each for each in resources if matches(each.value, asked, kind)]
    if str(asked.get("order") or kind.order).startswith("desc"):
        found.reverse()
    if row.page in (None, "page"):
        return envelope(call, found, more=False)
    asked_limit = asked.get("limit")  # which may be anything where requests are not read before they are answered
    limit = asked_limit if isinstance(asked_limit, int) and asked_limit > 0 else _usual(row, "limit") or LIMIT
    before = asked.get("before")
    start = _cut(found, asked.get("after") or asked.get("page"), kind, lenient, missing=-1) + 1
    end = _cut(found, before, kind, lenient, missing=len(found))
    window = found[start:end]
    if before and not asked.get("after"):
        return envelope(call, window[-limit:], more=len(window) > limit)
    return envelope(call, window[:limit], more=len(window) > limit)


def _usual(row: Operation, name: str) -> Any:
    """The default of a query parameter by its schema, None where there is none."""
    fields = registry().schema(row.query).get("properties", {}) if row.query else {}
    return fields.get(name, {}).get("default")


def envelope(call: Call, page: Sequence[Resource], *, more: bool) -> dict[str, Any]:
    """The body of a list: the objects of a page, and what its dialect says of their ends."""
    row = call.operation
    assert row is not None
    assert row.result is not None
    name = row.result.removesuffix(f".{row.page}")
    data = [each.value for each in page]
    if name not in (row.result, collection(row).item):  # some lists show less of an object, or call it otherwise
        from .objects import seen

        data = [seen(name, each.value, dice(call.seed, each.id), each.since) for each in page]
    first, last = (page[0].id, page[-1].id) if page else (None, None)
    ends = {
        "object": "list",
        "data": data,
        "first_id": first,
        "last_id": last,
        "has_more": more,
        "next": last if more else None,
        "next_page": None,
    }
    order = ("object", "data", *ORDERS.get(row.id, ()))
    return _enveloped(row.result, {name: ends[name] for name in order} | ends)


def matches(value: Mapping[str, Any], asked: Mapping[str, Any], kind: Collection) -> bool:
    """Whether an object is one that a query asks for, by each parameter that speaks of one of its fields."""
    return all(
        _agrees(_part(value, field), wanted)
        for name, wanted in asked.items()
        if name not in PAGING
        and wanted is not None
        and (field := kind.filters.get(name, name)).partition(".")[0] in value
    )


def _part(value: Any, field: str) -> Any:
    """What an object says in a field, or in one below it (`agent.id`); None where it has none."""
    for step in field.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _agrees(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return value in wanted
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    if isinstance(value, dict):
        return all(value.get(name) == part for name, part in wanted.items())
    return all(
        COMPARISONS[name](value, limit) for name, limit in wanted.items() if name in COMPARISONS and value is not None
    )


def _cut(found: Sequence[Resource], id: str | None, kind: Collection, lenient: bool, *, missing: int) -> int:
    """The index of the object that a cursor names; `missing` where there is no cursor."""
    if not id:
        return missing
    for index, each in enumerate(found):
        if each.id == id:
            return index
    if lenient:
        return missing
    raise BadRequest(kind.missing.format(id=id, noun=kind.noun), param="after", code=kind.code)


def _enveloped(name: str, ends: dict[str, Any]) -> dict[str, Any]:
    """The envelope of the list schema `name` with the fields it has."""
    from .expected import Resolver, choices

    schema = registry().schema(name, "produce")
    fields = schema.get("properties", {})
    constant = choices(Resolver(schema), fields["object"]) if "object" in fields else None
    if constant:
        ends["object"] = constant[0]
    return {field: ends[field] for field in ends if field in fields}
