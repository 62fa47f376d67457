"""The grammars of the responses', the assistants', the images' and the audio streams.

All of it was read off recorded streams (2023 to 2026); what none of them shows is left open: it need not come.
"""

from __future__ import annotations

from .spans import Grammar, Span

ITEM, PART, SUMMARY = ("output_index",), ("output_index", "content_index"), ("output_index", "summary_index")


def _spoken(name: str, event: str, whole: str, by: tuple[str, ...], within: str) -> Span:
    """A text in pieces, and the whole of it."""
    return Span(name, f"response.{event}.delta* response.{event}.done", by, within, joined=("delta", whole))


def _tool(name: str, steps: str) -> Span:
    """What a tool of the API's own tells of its work."""
    words = (f"response.{'|response.'.join(word.split('|'))}" for word in steps.split())
    return Span(name, " ".join(words), ITEM, "output item")


RESPONSES = Grammar(
    (
        Span(
            "response",
            "response.created response.queued? response.in_progress ~ "
            "response.completed|response.incomplete|response.failed|response.cancelled",
            same=("response.id",),
            early=("response.incomplete", "response.failed", "response.cancelled"),
        ),
        Span(
            "output item",
            "response.output_item.added ~ response.output_item.done",
            ITEM,
            "response",
            same=("item.id", "item_id"),
        ),
        Span(
            "content part",
            "response.content_part.added ~ response.content_part.done",
            PART,
            "output item",
        ),
        Span("annotation", "response.output_text.annotation.added", (*PART, "annotation_index"), "content part"),
        Span(
            "part of the summary",
            "response.reasoning_summary_part.added ~ response.reasoning_summary_part.done",
            SUMMARY,
            "output item",
        ),
        _spoken("text", "output_text", "text", PART, "content part"),
        _spoken("refusal", "refusal", "refusal", PART, "content part"),
        _spoken("reasoning", "reasoning_text", "text", PART, "output item"),
        _spoken("summary", "reasoning_summary_text", "text", SUMMARY, "part of the summary"),
        _spoken("arguments", "function_call_arguments", "arguments", ITEM, "output item"),
        _spoken("input", "custom_tool_call_input", "input", ITEM, "output item"),
        _tool("web search", "web_search_call.in_progress web_search_call.searching* web_search_call.completed"),
        _tool("file search", "file_search_call.in_progress file_search_call.searching* file_search_call.completed"),
        _tool(
            "run of code",
            "code_interpreter_call.in_progress code_interpreter_call_code.delta* code_interpreter_call_code.done? "
            "code_interpreter_call.interpreting? code_interpreter_call.completed",
        ),
        _tool(
            "picture",
            "image_generation_call.in_progress image_generation_call.generating? image_generation_call.partial_image* "
            "image_generation_call.completed?",
        ),
        _tool(
            "call of a server",
            "mcp_call.in_progress mcp_call_arguments.delta* mcp_call_arguments.done? "
            "mcp_call.completed|mcp_call.failed",
        ),
        _tool("list of tools", "mcp_list_tools.in_progress mcp_list_tools.completed|mcp_list_tools.failed"),
    ),
    anywhere=("keepalive",),
    after=("response.rate_limits.updated",),
    counted="sequence_number",
)
_ENDED = "completed|{0}.failed|{0}.cancelled|{0}.expired|{0}.incomplete"
ASSISTANTS = Grammar(
    (
        Span(
            "run",
            "thread.run.created thread.run.queued? thread.run.in_progress? thread.run.cancelling? ~ "
            f"thread.run.requires_action|thread.run.{_ENDED.format('thread.run')}",
            early=("thread.run.requires_action", "thread.run.failed", "thread.run.cancelled", "thread.run.expired"),
        ),
        Span(
            "step",
            "thread.run.step.created thread.run.step.in_progress? thread.run.step.delta* "
            f"thread.run.step.{_ENDED.format('thread.run.step')}",
            ("id",),
            "run",
        ),
        Span(
            "message",
            "thread.message.created thread.message.in_progress? thread.message.delta* "
            "thread.message.completed|thread.message.incomplete",
            ("id",),
            "run",
        ),
    ),
    last="done",
)
"""What an assistant's run tells; the last word is `done` with `[DONE]` as its data."""

PICTURES = Grammar((Span("picture", "image_generation.partial_image* image_generation.completed"),))
EDITS = Grammar((Span("picture", "image_edit.partial_image* image_edit.completed"),))
SPEECH = Grammar((Span("speech", "speech.audio.delta* speech.audio.done"),), last="[DONE]", must_end=False)
TRANSCRIPT = Grammar(
    (Span("transcript", "transcript.text.delta|transcript.text.segment* transcript.text.done"),),
    last="[DONE]",
    must_end=False,
)
GRAMMARS = {
    "responses/response_stream_event.ResponseStreamEvent": RESPONSES,
    "beta/beta_response_stream_event.BetaResponseStreamEvent": RESPONSES,
    "beta/assistant_stream_event.AssistantStreamEvent": ASSISTANTS,
    "audio/transcription_stream_event.TranscriptionStreamEvent": TRANSCRIPT,
    "openai/image_gen_stream_event.ImageGenStreamEvent": PICTURES,
    "openai/image_edit_stream_event.ImageEditStreamEvent": EDITS,
    "audio.speech.create": SPEECH,
}
"""Each by the schema of its events; speech, which has none, by its operation."""
