"""Agent sessions: what a new one cannot do without."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import BadRequest
from . import rule

crossing = rule("beta.agents.sessions.create", "cross-field")


@crossing
def somebody_to_talk_to(_call: Call, body: dict[str, Any]) -> None:
    """Who names no saved agent says which model it is; the words are the API's."""
    if not body.get("agent_id") and not (body.get("agent") or {}).get("model"):
        raise BadRequest("agent.model is required when agent_id is omitted", param="agent.model")


@crossing
def something_to_say(_call: Call, body: dict[str, Any]) -> None:
    """Without an environment there is nothing but the input; a stream has an end only where something was said."""
    type_ = body["environment"]["type"]
    if not body.get("input") and (type_ == "none" or (body.get("stream") and type_ != "self_hosted")):
        why = "environment.type is none" if type_ == "none" else "stream is true"
        raise BadRequest(f"input is required when {why}", param="input")


@crossing
def options_of_a_stream(_call: Call, body: dict[str, Any]) -> None:
    """Options of a stream go with a stream."""
    if body.get("stream_options") is not None and not body.get("stream"):
        raise BadRequest(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
