"""Programs that a model writes to call tools: what it runs, which calls are the program's, and what it returned.

As gpt-5.6 showed them in July and September 2026: calls of a program stay in progress, their arguments come at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from ..dice import token
from .responses_input import opaque
from .responses_use import Item

CALLER = "programmatic"


def programmed(calls: Sequence[Item], tools: Sequence[Any], offered: Sequence[Mapping[str, Any]], rng: Random) -> Item:
    """The program that makes those of `calls` whose tools only a program may call, if any; they are marked as its own.

    `tools` are those of the request, `offered` all that can be called, from inside of namespaces, too.
    """
    if not any(isinstance(tool, dict) and tool.get("type") == "programmatic_tool_calling" for tool in tools):
        return {}
    inner = {tool.get("name") for tool in offered if list(tool.get("allowed_callers") or ()) == [CALLER]}
    own = [call for call in calls if call["name"] in inner]
    if not own:
        return {}
    id = f"call_{token(rng, 24)}"
    lines = [f"await tools.{call['name']}({call.get('arguments', '')})" for call in own]
    for call in own:
        named: dict[str, Any] = {name: call.pop(name) for name in ("name", "namespace") if name in call}
        call |= {"status": "in_progress", "caller": {"type": "program", "caller_id": id}, **named}
    code = f"const results = [{', '.join(lines)}];\ntext(JSON.stringify(results));"
    return {"type": "program", "call_id": id, "code": code, "fingerprint": opaque(rng, 0)}


def returned(own: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> list[Item]:
    """What the programs have made of the results that a request's own items bring, of calls among the `known` ones."""
    callers = {
        str(item.get("call_id")): str(item["caller"]["caller_id"])
        for item in known
        if (item.get("caller") or {}).get("type") == "program" and not str(item.get("type")).endswith("_output")
    }
    results: dict[str, list[str]] = {}
    for item in own:
        caller = callers.get(str(item.get("call_id")))
        if caller and str(item.get("type")).endswith("_output"):
            results.setdefault(caller, []).append(str(item.get("output")))
    return [
        {"type": "program_output", "status": "completed", "call_id": id, "result": "\n".join(told)}
        for id, told in results.items()
    ]
