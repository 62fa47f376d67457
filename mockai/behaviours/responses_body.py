"""The body of a response: what was asked, with the defaults of its model, and what has become of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import catalogue
from ..strict import held
from .chat_parts import TIERS
from .responses_finding import at_hand
from .responses_hosted import hosted_type
from .responses_input import shown_prompt

MODEL = "gpt-4.1"
"""The model of a request that names none: that of a prompt template the mock does not know."""

CONSTANT: Mapping[str, Any] = {
    "error": None,
    "incomplete_details": None,
    "moderation": None,
    "usage": None,
    "completed_at": None,
}
"""What a response has from the start, before anything has come of it."""

DEFAULTS: Mapping[str, Any] = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "auto",
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "truncation": "disabled",
    "user": None,
}
"""What a request says of itself where it says nothing, as recorded answers show it."""

ECHOED: Mapping[str, Mapping[str, Any]] = {"prompt": {}, "prompt_cache_options": {"mode": "implicit", "ttl": "30m"}}
"""What stands in an answer only where it was asked with, and what it says then where the request does not."""

PLACE = ("city", "country", "region", "timezone")
"""What a place has, be it told or not."""

_SEARCH: Mapping[str, Any] = {
    "search_content_types": ["text"],
    "search_context_size": "medium",
    "user_location": {"type": "approximate", **dict.fromkeys(PLACE), "country": "US"},
}

TOOLS: Mapping[str, Mapping[str, Any]] = {
    "custom": {"format": {"type": "text"}},
    "function": {"description": None, "output_schema": None, "parameters": None, "strict": True},
    "image_generation": {
        "background": "auto",
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
        "output_format": "png",
        "quality": "auto",
        "size": "auto",
    },
    "mcp": {
        "allowed_tools": None,
        "headers": None,
        "require_approval": "always",
        "server_description": None,
        "server_url": None,
    },
    "tool_search": {"description": None, "parameters": None},
    "web_search": {**_SEARCH, "return_token_budget": "default"},
    "web_search_preview": _SEARCH,
    "file_search": {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    },
}
"""What tools are shown with beside what a request says of them."""

UNSHOWN: Mapping[str, Sequence[str]] = {
    "image_generation": ("partial_images",),
    "web_search": ("external_web_access",),
}
"""What a request says of tools that recorded answers do not repeat."""

SEARCHED = ("tool_search", "namespace")
"""Tools that are shown behind the others, in this order."""

REDACTED = "<redacted>"

ORDER = ("id", "object", "type", "created_at", "status")
LAST = ("user", "metadata")


def started(body: Mapping[str, Any], id: str, model: str, now: float) -> dict[str, Any]:
    """A response that has only begun, without its conversation."""
    family = catalogue.like(model)
    late = "day" in family.features
    told = {name: part for name, part in body.items() if name in DEFAULTS and part is not None}
    value = {**CONSTANT, **DEFAULTS, **told}
    value |= {name: {**usual, **body[name]} for name, usual in ECHOED.items() if body.get(name) is not None}
    if "prompt" in value:
        value["prompt"] = shown_prompt(value["prompt"])
    chosen = body.get("access_programs") or None
    if chosen or "access_programs" in family.features:
        value["access_programs"] = chosen
    value |= {
        "id": id,
        "object": "response",
        "created_at": int(now),
        "status": "queued" if body.get("background") else "in_progress",
        "model": catalogue.answers_as(model),
        "output": [],
        "prompt_cache_retention": body.get("prompt_cache_retention") or ("24h" if late else "in_memory"),
        "reasoning": _reasoning(body.get("reasoning") or {}, family),
        **{name: float(value[name]) for name in ("frequency_penalty", "presence_penalty", "temperature")},
        "text": _text(body.get("text") or {}),
        "tool_usage": _tool_usage(()),
        "tools": sorted(map(shown, at_hand(body)), key=_place),
        "top_p": float(body["top_p"]) if body.get("top_p") is not None else 0.98 if late else 1.0,
    }
    return ordered(value)


def ended(
    value: Mapping[str, Any], output: Sequence[dict[str, Any]], finish: str | None, usage: dict[str, Any], now: float
) -> dict[str, Any]:
    """A response that has come to its end; `finish` is `length` or `content_filter` where that was too early."""
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(finish or "")
    tier = value.get("service_tier")
    return ordered(
        {
            **value,
            "status": "incomplete" if reason else "completed",
            "completed_at": None if reason else int(now),
            "incomplete_details": {"reason": reason} if reason else None,
            "output": list(output),
            "service_tier": TIERS.get(tier, str(tier)),
            "tool_usage": _tool_usage(output),
            "usage": usage,
        }
    )


def failed(value: Mapping[str, Any], code: str, message: str) -> dict[str, Any]:
    """A response that has come to nothing, for a reason that an error tells."""
    return ordered({**value, "status": "failed", "error": {"code": code, "message": message}})


def usage(before: int, after: int, thinking: int, cached: int = 0, written: int = 0) -> dict[str, Any]:
    """What a response has cost, in tokens; `cached` of those `before` were asked before, `written` are kept now."""
    return {
        "input_tokens": before,
        "input_tokens_details": {"cache_write_tokens": written, "cached_tokens": cached},
        "output_tokens": after,
        "output_tokens_details": {"reasoning_tokens": thinking},
        "total_tokens": before + after,
    }


def ordered(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object with its keys as the API orders them: what it is, then the rest by name, and the user's own last."""
    first = [name for name in ORDER if name in value]
    last = [name for name in LAST if name in value] if value.get("object") == "response" else []
    rest = sorted(value.keys() - {*first, *last})
    return {name: value[name] for name in (*first, *rest, *last)}


def _reasoning(asked: Mapping[str, Any], family: catalogue.Family) -> dict[str, Any]:
    if not family.reasoning:
        return {"context": None, "effort": None, "summary": None}
    context = "all_turns" if "all_turns" in family.features else "current_turn"
    return {
        "context": _or(asked.get("context"), context),
        "effort": asked.get("effort") or family.effort,
        "mode": asked.get("mode") or "standard",
        "summary": _or(asked.get("summary") or asked.get("generate_summary"), "detailed"),
    }


def _or(wanted: Any, usual: str) -> Any:
    """What is meant by `auto`."""
    if wanted is None:
        return None if usual == "detailed" else usual
    return usual if wanted == "auto" else wanted


def _text(asked: Mapping[str, Any]) -> dict[str, Any]:
    form = asked.get("format") or {"type": "text"}
    if form.get("type") == "json_schema":
        form = ordered({"description": None, "strict": False, **form})
    return {"format": form, "verbosity": asked.get("verbosity") or "medium"}


def shown(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A tool as answers show it: what the request says of it, and the defaults."""
    kind = str(tool.get("type"))
    unshown = UNSHOWN.get(kind, ())
    told = {name: part for name, part in tool.items() if part is not None and name not in unshown}
    if told.get("description") == "" and kind == "function":
        del told["description"]  # none, to the API
    whole = {**(TOOLS.get(kind) or TOOLS.get(hosted_type(kind), {})), **told}
    if told.get("user_location"):
        whole["user_location"] = {"type": "approximate", **dict.fromkeys(PLACE), **told["user_location"]}
    if kind == "function":
        whole["parameters"], whole["strict"] = held(told)
    if kind == "namespace":
        whole["tools"] = [shown(each) for each in whole.get("tools") or ()]
    return ordered(_sealed(whole) if kind == "mcp" else whole)


def _place(tool: Mapping[str, Any]) -> int:
    return SEARCHED.index(tool["type"]) + 1 if tool.get("type") in SEARCHED else 0


def _sealed(server: Mapping[str, Any]) -> dict[str, Any]:
    """An MCP server without what may be secret: the path of its address, the values of its headers, its token."""
    shown = dict(server)
    if isinstance(server["require_approval"], Mapping):
        shown["require_approval"] = {"always": None, "never": None, **server["require_approval"]}
    if isinstance(server.get("server_url"), str):
        shown["server_url"] = "/".join([*server["server_url"].split("/")[:3], REDACTED])
    if server.get("headers"):
        shown["headers"] = dict.fromkeys(server["headers"], REDACTED)
    if server.get("authorization"):
        shown["authorization"] = REDACTED
    return shown


def _tool_usage(output: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    none = {"image_tokens": 0, "text_tokens": 0}
    out = sum(_spent(item) for item in output if item.get("type") == "image_generation_call")
    drawn = {"input_tokens": 0, "input_tokens_details": none, "output_tokens": out}
    drawn |= {"output_tokens_details": {**none, "image_tokens": out}, "total_tokens": out}
    searches = sum(item.get("type") == "web_search_call" for item in output)
    return {"image_gen": drawn, "web_search": {"num_requests": searches}}


def _spent(picture: Mapping[str, Any]) -> int:
    from .responses_images import spent

    return spent(picture)
