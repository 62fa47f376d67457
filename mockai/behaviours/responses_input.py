"""What a response answers: the items of a request as the API keeps them, read as a prompt and counted as tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from random import Random
from typing import Any

import orjson

from .. import catalogue
from ..call import Call
from ..dice import dice, token
from ..strict import held
from ..voice import Prompt, Tool, custom
from .chat_tokens import prompt_tokens
from .responses_finding import found as discovered
from .responses_hosted import HOSTED, hosted_type
from .responses_names import item_id

DELIVERY = {"stream", "stream_options", "background", "store", "metadata", "include", "max_output_tokens", "user"}
"""What says how an answer is delivered, not what it says."""

UNTOLD = 79
"""Tokens that chat completions spend on telling a reasoning model of tools, and responses do not."""

UNTOLD_SCHEMA = 8
"""The same of a schema that the answer is to follow. Both were fitted to recorded answers, which differ by a few."""

FILE_TOKENS = 250
"""Tokens of a file in a prompt: the mock does not read it to count its words."""


def items(given: Any, stem: str, rng: Random) -> list[dict[str, Any]]:
    """The items of an `input`, a text or a list, as the API shows them: each with an id, messages with their parts.

    An item that is only referred to (`item_reference`) is left out, and a wish that is none (`compaction_trigger`).
    """
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    kept = (item for item in given or () if isinstance(item, dict) and item.get("type") not in _UNKEPT)
    return [_kept(item, stem, rng) for item in kept]


_UNKEPT = frozenset(("item_reference", "compaction_trigger"))


def references(given: Any) -> set[str]:
    """The ids of the items that an `input` only refers to."""
    found = given if isinstance(given, list) else ()
    return {str(item["id"]) for item in found if isinstance(item, dict) and item.get("type") == "item_reference"}


def _kept(item: Mapping[str, Any], stem: str, rng: Random) -> dict[str, Any]:
    kind = item.get("type") or "message"
    id = item.get("id") or item_id(kind, stem, rng)
    if kind != "message":
        status = {"status": item.get("status") or "completed"} if kind in _ENDING else {}
        rest = {key: part for key, part in item.items() if key not in ("id", "type", "status")}
        return {"id": id, "type": kind, **status, **rest}
    role = item.get("role", "user")
    content = item.get("content") or []
    if isinstance(content, str):
        content = [{"type": "output_text" if role == "assistant" else "input_text", "text": content}]
    parts = [shown_part(part) for part in content]
    phase = {"phase": item["phase"]} if item.get("phase") else {}
    return {"id": id, "type": "message", "status": "completed", "content": parts, **phase, "role": role}


_ENDING = frozenset(("function_call", "function_call_output", "computer_call_output"))
"""Items that the API gives a status where the client gave none."""


def shown_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a message, or a variable of a prompt, as the API shows it."""
    match part.get("type"):
        case "output_text":
            return {"annotations": [], "logprobs": [], **part}
        case "input_image":
            known = {name: part.get(name) for name in ("file_id", "image_url")}
            return {"type": "input_image", "detail": part.get("detail") or "auto", **known}
        case _:
            return dict(part)


def shown_prompt(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """A prompt template as it was asked for, with its variables as the API shows them."""
    said = prompt.get("variables") or {}
    parts = {name: _variable(part) for name, part in said.items()}
    return {**prompt, "variables": parts} if parts else dict(prompt)


def _variable(given: Any) -> Any:
    """A text is a part as files and pictures are; the data of a file is not told again."""
    if isinstance(given, str):
        return {"type": "input_text", "text": given}
    if not isinstance(given, dict) or given.get("type") != "input_file":
        return shown_part(given) if isinstance(given, dict) else given
    told = {name: given[name] for name in ("filename", "file_url") if given.get(name) is not None}
    return {"type": "input_file", "file_id": given.get("file_id"), **told}


def messages(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Items as the messages of a chat, which are counted by a rule that is known."""
    out: list[dict[str, Any]] = []
    for item in found:
        kind = item.get("type") or "message"
        if kind == "message":
            out.append({"role": item.get("role", "user"), "content": _content(item.get("content"))})
        elif kind in ("function_call", "custom_tool_call"):
            call = {"name": item.get("name", ""), "arguments": item.get("arguments") or item.get("input") or ""}
            if out and out[-1].get("tool_calls"):
                out[-1]["tool_calls"].append({"function": call})
            else:
                out.append({"role": "assistant", "tool_calls": [{"function": call}]})
        elif kind.endswith("_output"):
            out.append({"role": "tool", "content": _content(item.get("output"))})
    return out


def _content(content: Any) -> Any:
    if isinstance(content, str):
        return content
    parts: list[dict[str, Any]] = []
    for part in content or () if isinstance(content, list) else ():
        if not isinstance(part, dict):
            continue
        kind = part.get("type")
        if kind == "input_image":
            parts.append({"type": "image_url", "image_url": {"detail": part.get("detail") or "auto"}})
        elif kind == "input_file":
            parts.append({"type": "text", "text": " file" * FILE_TOKENS})
        else:
            marked = {name: part[name] for name in ("prompt_cache_breakpoint",) if name in part}
            parts.append({"type": "text", "text": str(part.get("text") or part.get("refusal") or ""), **marked})
    return parts


def asked(body: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> Prompt:
    """The request, with all that was said before, as a voice understands it."""
    talk = messages(found)
    users = [message for message in talk if message["role"] == "user"]
    choice, names = _choice(body.get("tool_choice") or "auto")
    offered = [*(body.get("tools") or ()), *discovered(found)]
    # Where nothing tells them apart, the client's own tools are called before the API's.
    tools = sorted(_distinct(tool for each in offered for tool in _tools(each)), key=lambda tool: tool.name in HOSTED)
    last = str(found[-1].get("type") or "message") if found else ""
    form = (body.get("text") or {}).get("format") or {}
    return Prompt(
        topic=_words((users or talk or [{}])[-1].get("content")),
        tools=[tool for tool in tools if names is None or tool.name in names],
        choice=choice,
        parallel=body.get("parallel_tool_calls") is not False,
        answered=(last.endswith("_output") and last != "tool_search_output") or last == "mcp_approval_response",
        done=_called(found) if choice == "required" else (),
        schema={"json_object": {}, "json_schema": form.get("schema") or {}}.get(form.get("type", "text")),
    )


def _called(found: Sequence[Mapping[str, Any]]) -> set[str]:
    """The tools that were called since the user last spoke: the client's by their names, the API's by their types."""
    since = list(takewhile(lambda item: item.get("role") != "user", reversed(found)))
    kinds = {item.get("type") for item in since}
    return {str(item.get("name")) for item in since} | {name for name, tool in HOSTED.items() if tool.item in kinds}


def chance(call: Call, body: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> Random:
    """The dice of an answer: the same for the same question, however the answer is to be delivered."""
    question = {key: part for key, part in body.items() if key not in DELIVERY}
    talk = [{key: part for key, part in item.items() if key != "id"} for item in found]
    return dice(call.seed, orjson.dumps([question, talk], option=orjson.OPT_SORT_KEYS).decode())


def input_tokens(body: Mapping[str, Any], found: Iterable[Mapping[str, Any]], model: str) -> int:
    """The `input_tokens` of a request to `model`: what it says itself, after the items `found`."""
    chat = as_chat(body, found)
    spared = (UNTOLD if chat["tools"] else 0) + (UNTOLD_SCHEMA if "response_format" in chat else 0)
    return prompt_tokens(chat, model) - (spared if catalogue.like(model).reasoning else 0)


def as_chat(body: Mapping[str, Any], found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The request as one for a chat completion, whose tokens are counted and cached by rules that are known."""
    told = body.get("instructions")
    talk = [{"role": "developer", "content": told}] if isinstance(told, str) and told else messages(told or ())
    functions = [tool for each in body.get("tools") or () for tool in _functions(each)]
    form = (body.get("text") or {}).get("format") or {}
    chat: dict[str, Any] = {
        "messages": [*talk, *messages(found)],
        "tools": [{"type": "function", "function": tool} for tool in functions],
    }
    schema = form.get("schema") if form.get("type") == "json_schema" else None
    return chat | ({"response_format": {"json_schema": {"schema": schema}}} if schema else {})


def _functions(tool: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if tool.get("type") == "namespace":
        return [each for each in tool.get("tools") or () if isinstance(each, dict)]
    return [tool] if tool.get("type") in ("function", "custom") else []


def _tools(tool: Mapping[str, Any]) -> list[Tool]:
    kind = str(tool.get("type"))
    if kind in ("function", "custom", "namespace"):
        return [_tool(each) for each in _functions(tool)]
    known = HOSTED.get(hosted_type(kind))
    about = [
        known.about if known else "",
        *(str(tool.get(name) or "") for name in ("server_label", "server_description")),
    ]
    return [Tool(hosted_type(kind), " ".join(about), {})] if known else []


def _distinct(tools: Iterable[Tool]) -> list[Tool]:
    """Each tool once: one that was found is offered already, and several servers are one tool."""
    seen: dict[str, Tool] = {}
    for tool in tools:
        before = seen.get(tool.name)
        seen[tool.name] = replace(tool, about=f"{before.about} {tool.about}") if before else tool
    return list(seen.values())


def _tool(tool: Mapping[str, Any]) -> Tool:
    about = tool.get("description") or ""
    if tool.get("type") != "custom":
        return Tool(tool.get("name", ""), about, held(tool)[0] or {})
    return custom(tool.get("name", ""), about, tool.get("format") or {})


def _choice(wanted: Any) -> tuple[str, set[str] | None]:
    """How free the model is, and among which tools by name (None for all of them)."""
    if not isinstance(wanted, dict):
        return str(wanted), None
    if wanted.get("type") == "allowed_tools":
        return str(wanted.get("mode") or "auto"), {_name(tool) for tool in wanted.get("tools") or ()}
    return "required", {_name(wanted)}


def _name(tool: Mapping[str, Any]) -> str:
    kind = str(tool.get("type"))
    return str(tool.get("name")) if kind in ("function", "custom") else hosted_type(kind)


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text") or "") for part in content or ()).strip()


def opaque(rng: Random, tokens: int) -> str:
    """What stands for thoughts that only the API can read: sealed text, longer for more `tokens`."""
    return "gAAAAAB" + token(rng, 413 + 4 * min(tokens, 4_000)) + "=" * 2
