"""The prompt cache: how much of a prompt was asked before, and is billed as such.

The rule is that of OpenAI's guide to prompt caching: prefixes from 1,024 tokens on count, in steps of 128, under the
same `prompt_cache_key`, for ten minutes after they were last used (`24h` where that retention is asked for, or the
`ttl` of `prompt_cache_options`). With the mode `explicit`, which GPT-5.6 brought, the prefixes are those that end in
a part with a breakpoint, and cost what recorded ones cost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from .. import catalogue, tokens
from . import Mock

PLACE = "/prompt_cache"
LEAST, STEP = 1024, 128
KEPT_SECONDS = {"in_memory": 600, "24h": 86_400, "30m": 1_800}
FRAME = 3
"""Tokens at a prompt's end that are never part of a prefix with a breakpoint."""


def reused(body: Mapping[str, Any], usage: dict[str, Any], model: str, mock: Mock) -> dict[str, Any]:
    """A chat's `usage` with what the prompt shares with earlier ones; from now on it is an earlier one itself."""
    cached, written = remembered(body, usage["prompt_tokens"], model, mock)
    if not cached and not written:
        return usage
    details = usage["prompt_tokens_details"] | {"cached_tokens": cached}
    if "cache_write_tokens" in details:
        details["cache_write_tokens"] = written
    return usage | {"prompt_tokens_details": details}


def remembered(body: Mapping[str, Any], prompt: int, model: str, mock: Mock) -> tuple[int, int]:
    """How many of a chat's `prompt` tokens were there before, and how many more are kept from now on."""
    if prompt < LEAST or catalogue.like(model).encoding != "o200k_base":
        return 0, 0
    cached, most = _shared(body, prompt, model, mock)
    return cached, max(most - cached, 0)


def _shared(body: Mapping[str, Any], prompt: int, model: str, mock: Mock) -> tuple[int, int]:
    """How many tokens of the longest prefix were there before, and how many are there now."""
    key = f"{model} {body.get('prompt_cache_key') or ''}"
    found = mock.resources.find(PLACE, key) or mock.resources.add(PLACE, {}, id=key, known={})
    known: dict[bytes, float] = found.private["known"]
    now = mock.clock.now()
    options = body.get("prompt_cache_options") or {}
    ends = now + KEPT_SECONDS.get(options.get("ttl") or body.get("prompt_cache_retention") or "", 600)
    cached = most = 0
    for length, digest in _prefixes(body, prompt, model, options.get("mode") == "explicit"):
        most = length
        if known.get(digest, 0.0) > now:
            cached = length
        known[digest] = max(ends, known.get(digest, 0.0))
    return cached, most


def _prefixes(body: Mapping[str, Any], prompt: int, model: str, explicit: bool) -> list[tuple[int, bytes]]:
    """The prefixes of a prompt that are kept, shortest first: how many tokens each has, and what it is known by."""
    parts = [(orjson.dumps([body.get(name) for name in ("tools", "functions", "response_format")]).decode(), False)]
    for message in body.get("messages") or ():
        content = message.get("content")
        rest = {name: value for name, value in message.items() if name != "content"}
        parts.append((orjson.dumps(rest).decode(), False))
        for part in content if isinstance(content, list) else [{"text": content or ""}]:
            text = part.get("text")
            words = text if isinstance(text, str) else orjson.dumps(part).decode()
            parts.append((words, "prompt_cache_breakpoint" in part))
    return _marked(parts, prompt, model) if explicit else _stepped(parts, prompt, model)


def _marked(parts: list[tuple[str, bool]], prompt: int, model: str) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    running = hashlib.blake2b(digest_size=16)
    for place, (words, marked) in enumerate(parts):
        running.update(words.encode("utf-8", "replace") + b"\0")
        if marked:
            behind = sum(tokens.count(later, model) for later, _ in parts[place + 1 :])
            found.append((prompt - behind - FRAME, running.copy().digest()))
    return [(length, digest) for length, digest in found if length >= LEAST]


def _stepped(parts: list[tuple[str, bool]], prompt: int, model: str) -> list[tuple[int, bytes]]:
    pieces = [piece for words, _ in parts for piece in (*tokens.cut(words, model), b"\0")]
    found: list[tuple[int, bytes]] = []
    running = hashlib.blake2b(digest_size=16)
    for end in range(STEP, min(prompt, len(pieces)) + 1, STEP):
        running.update(b"\1".join(pieces[end - STEP : end]))
        if end >= LEAST:
            found.append((end, running.copy().digest()))
    return found
