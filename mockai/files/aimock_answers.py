"""What a fixture of aimock says, in the words of a stub file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import ForeignFormatError
from .foreign import part, unbase64

OVERRIDES = ("id", "created", "model", "usage", "systemFingerprint", "finishReason", "role", "provider", "webSearches")
"""What a fixture may fix in the envelope of an answer, and what mockai makes itself."""

KINDS = {
    "embedding": "embedding",
    "image": "image",
    "images": "image",
    "audio": "speech",
    "transcription": "transcription",
    "video": "video",
    "live": "openai-live",
    "json": "fal",
}
"""The endpoint of an answer by the word that is only its own; every other is one of words."""


def kind(response: Mapping[str, Any]) -> str:
    """The endpoint that gives such an answer."""
    return next((endpoint for word, endpoint in KINDS.items() if word in response), "chat")


def answer(operation: str, response: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """The answer of an operation; ForeignFormatError for one that no stub can give."""
    if "error" in response:
        return failed(response)
    fixed = [word for word in OVERRIDES if word in response]
    if fixed:
        notes.append(f"{', '.join(fixed)} of answers are made anew")
    said = ANSWERS.get(kind(response))
    if said is None:
        raise ForeignFormatError(f"Its answer is one of {kind(response)}, which {operation} cannot give.")
    return said(response)


def failed(response: Mapping[str, Any]) -> dict[str, Any]:
    """An error of the API."""
    error = part(response, "error")
    given = {word: error.get(word) for word in ("message", "type", "code", "param")}
    given |= {"status": response.get("status", 500), "retry_after": response.get("retryAfter")}
    return {"fail": {word: value for word, value in given.items() if value is not None}}


def worded(response: Mapping[str, Any]) -> dict[str, Any]:
    """Words, calls of tools, or both: the words first."""
    blocks = response.get("blocks")
    if isinstance(blocks, list) and blocks:
        kinds = [part(block).get("type") for block in blocks]
        if kinds != sorted(kinds, key=lambda each: each == "toolCall"):
            raise ForeignFormatError("It speaks after it called a tool, in one answer; a stub speaks first.")
        text: Any = "".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
        calls: Any = [block for block in blocks if block.get("type") == "toolCall"]
    else:
        text, calls = response.get("content"), response.get("toolCalls") or []
    if not isinstance(calls, list):
        raise ForeignFormatError("Its toolCalls are not a list.")
    if text is not None and not isinstance(text, str):
        text = json.dumps(text, ensure_ascii=False, separators=(",", ":"))
    thought = {"reasoning": response["reasoning"]} if response.get("reasoning") else {}
    if not calls:
        if text is None:
            raise ForeignFormatError("It has no answer: no content, toolCalls, blocks or error.")
        return {**thought, "reply": text}
    asked = [called(part(call)) for call in calls]
    return {**thought, "call_tools": {"calls": asked, "text": text} if text else asked}


def called(call: Mapping[str, Any]) -> dict[str, Any]:
    """One call of a tool; its arguments are an object, or its JSON."""
    arguments = call.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError) as error:
            raise ForeignFormatError(f"The arguments of a call are not JSON: {error}.") from error
    made = {"name": str(call.get("name")), "arguments": arguments}
    return {**made, "id": str(call["id"])} if call.get("id") else made


def pictured(response: Mapping[str, Any]) -> dict[str, Any]:
    """Pictures, by their bytes or their address."""
    items = response.get("images", [response.get("image")])
    if not isinstance(items, list):
        raise ForeignFormatError("Its images are not a list.")
    data = []
    for item in map(part, items):
        names = (("b64_json", "b64Json"), ("url", "url"), ("revised_prompt", "revisedPrompt"))
        data.append({ours: item[theirs] for ours, theirs in names if item.get(theirs) is not None})
    return {"reply": {"exact": {"created": 0, "data": data}}}


def spoken(response: Mapping[str, Any]) -> dict[str, Any]:
    """Audio."""
    audio = response.get("audio")
    held = audio.get("b64Json") if isinstance(audio, Mapping) else audio
    unbase64(held)
    return {"speech": {"base64": held}}


def transcribed(response: Mapping[str, Any]) -> dict[str, Any]:
    """What a recording says, and when."""
    told = part(response, "transcription")
    words = told.get("words")
    if not words:
        return {"transcript": str(told.get("text", ""))}
    times = [[each.get("word"), each.get("start"), each.get("end")] for each in map(part, words)]
    return {"transcript": {"text": str(told.get("text", "")), "words": times}}


def embedded(response: Mapping[str, Any]) -> dict[str, Any]:
    """A vector."""
    return {"embed": response.get("embedding")}


ANSWERS = {
    "chat": worded,
    "embedding": embedded,
    "image": pictured,
    "speech": spoken,
    "transcription": transcribed,
}
