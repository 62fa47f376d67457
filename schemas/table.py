"""The rows of operations.jsonl: one per method, its kind derived by rule from method, path and result."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import typing_extensions
from names import PAGES, alias, anywhere, bare, hints, named, params_name
from sdk import Method

VERB_STATUS = {
    "cancel": ("cancelling", "cancelled", "canceled"),
    "pause": ("paused",),
    "resume": ("queued", "active", "running"),
    "archive": ("archived",),
    "complete": ("completed",),
    "hangup": ("ended",),
}
BETA = "?beta=true"


def rows(methods: Sequence[Method]) -> list[dict[str, Any]]:
    """Every method as a row. A row with `twin` never answers a request: another row has the same route."""
    shared: dict[tuple[str, str, bool], list[Method]] = defaultdict(list)
    for method in methods:
        shared[method.method, method.path, method.answer == "websocket"].append(method)
    first = {route: min(group, key=preference) for route, group in shared.items()}
    paths = {
        (method.method, method.path.removesuffix(BETA)): method
        for method in sorted(methods, key=preference, reverse=True)
        if method.answer != "websocket"
    }
    return [row(method, first[method.method, method.path, method.answer == "websocket"], paths) for method in methods]


def preference(method: Method) -> tuple[bool, bool, str]:
    """The method whose name a shared route goes by sorts first."""
    return (method.id.startswith("beta."), method.deprecated, method.id)


def row(method: Method, first: Method, paths: dict[tuple[str, str], Method]) -> dict[str, Any]:
    """One line of the table; facts that are absent are left out."""
    path = method.path.removesuffix(BETA)
    line: dict[str, Any] = {
        "id": method.id,
        "route": f"{method.method} {path}",
        "kind": kind(method, path, paths),
        "to": target(method, path),
        "body": params_name(method.body) if method.body else type_name(method.sends, method.module),
        "query": query_name(method),
        "result": result_name(method),
        "stream": type_name(method.stream, method.module),
        "page": PAGES[method.page] if method.page else None,
        "media": "multipart" if method.multipart else None,
        "answer": None if method.answer == "json" else method.answer,
        "beta": path != method.path or None,
        "twin": first.id if first is not method else None,
    }
    return {key: value for key, value in line.items() if value is not None}


def kind(method: Method, path: str, paths: dict[tuple[str, str], Method]) -> str:
    """What an operation does to a stored object, as far as method, path and result tell; else `behaviour`."""
    if method.answer in ("websocket", "stream"):
        return "websocket" if method.answer == "websocket" else "behaviour"
    if method.answer in ("binary", "text"):
        return "content" if method.method == "GET" else "behaviour"
    by_id = path.endswith("}")
    looked_at = paths.get(("GET", path))
    single = looked_at and looked_at.answer == "json" and not looked_at.page and not by_id
    if single and ("POST", path) in paths:
        return "singleton"
    if method.method == "DELETE":
        return "delete"
    if method.method == "GET":
        return "retrieve" if by_id else "list" if method.page or collection(path, paths) else "behaviour"
    if by_id:
        return "update"
    if target(method, path):
        return "transition"
    return "create" if collection(path, paths) and not method.stream else "behaviour"


def collection(path: str, paths: dict[tuple[str, str], Method]) -> bool:
    """Whether objects lie below this path: something there is retrieved or deleted by its id, or listed."""
    listed = paths.get(("GET", path))
    below = any(each.rpartition("/")[0] == path and each.endswith("}") for _, each in paths)
    return below or bool(listed and listed.page)


def target(method: Method, path: str) -> str | None:
    """The status that `POST …/{id}/cancel` leads to: the first of the verb's that the result's type allows."""
    parent, _, verb = path.rpartition("/")
    if method.method != "POST" or not parent.endswith("}") or verb not in VERB_STATUS:
        return None
    allowed = next((values for result in method.results if (values := status_values(result)) is not None), None)
    if not allowed:
        return None if allowed is None else VERB_STATUS[verb][-1]
    return next((status for status in VERB_STATUS[verb] if status in allowed), None)


def status_values(result: Any) -> list[str] | None:
    """The literals a result's `status` may have: none of them where it is any string, None where there is no status."""
    if arms := typing.get_args(result):
        arms = typing.get_args(arms[0]) or arms
        return next((values for arm in arms if (values := status_values(arm)) is not None), None)
    hint, _ = hints(result).get("status", (None, ""))
    return None if hint is None else [value for value in literals(hint) if isinstance(value, str)]


def literals(hint: Any) -> list[Any]:
    """Every literal value in a type expression."""
    if typing.get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [value for arm in typing.get_args(hint) for value in literals(arm)]


def query_name(method: Method) -> str | None:
    """The name of the query part; marked where the same TypedDict also describes the body."""
    if method.query is None:
        return None
    name = params_name(method.query)
    return f"{name}.query" if method.body and params_name(method.body) == name else name


def result_name(method: Method) -> str | None:
    """The name of the answer: a class, a union, or a page of either."""
    if not method.results:
        return None
    if len(method.results) > 1:
        return anywhere(method.results)
    name = type_name(method.results[0], method.module)
    return f"{name}.{PAGES[method.page]}" if name and method.page else name


def type_name(value: Any, module: str) -> str | None:
    """The schema name of a class or of a union known to `module`; None for nothing and for plain text."""
    if value is None or value is str:
        return None
    if isinstance(value, type) or typing_extensions.is_typeddict(value):
        return named(value.__module__, value.__qualname__)
    return alias(value, module) or anywhere(typing.get_args(bare(value)))
