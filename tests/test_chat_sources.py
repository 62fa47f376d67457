"""What stands beside the words of a chat: sources, a moderation, and what became of a prediction."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from asking import ask, chat

from mockai import MockAI, sse
from mockai.behaviours.chat_sources import citations
from mockai.registry import registry
from mockai.tokens import count

SEARCH: dict[str, Any] = {"model": "gpt-4o-search-preview", "web_search_options": {}}


def answered(mock: MockAI, text: str = "What is new in Ruby?", **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(ask(mock, chat(text, **more)).content)
    assert [str(error) for error in registry().errors("chat/chat_completion.ChatCompletion", value, "produce")] == []
    return value


def streamed(mock: MockAI, **more: Any) -> list[dict[str, Any]]:
    reply = ask(mock, chat("What is new in Ruby?", stream=True, **more))
    return [event.value for event in list(sse.parse(reply.content))[:-1]]


def test_a_search_cites_its_sources_where_they_stand() -> None:
    message = answered(MockAI(), **SEARCH)["choices"][0]["message"]
    assert 1 <= len(message["annotations"]) <= 2
    for each in message["annotations"]:
        assert each["type"] == "url_citation"
        cited = each["url_citation"]
        span = message["content"][cited["start_index"] : cited["end_index"]]
        host = cited["url"].split("/")[2]
        assert span == f"([{host}]({cited['url']}))"
        assert cited["title"].startswith("New ruby")


def test_a_streamed_search_brings_its_sources_after_the_words() -> None:
    *_, brought, end = (chunk["choices"][0]["delta"] for chunk in streamed(MockAI(), **SEARCH))
    assert brought == {"annotations": answered(MockAI(), **SEARCH)["choices"][0]["message"]["annotations"]}
    assert end == {}


def test_scripted_links_are_cited_too_and_only_by_models_that_search() -> None:
    mock = MockAI()
    text = "Three. ([a.example](https://a.example/three-things/))"
    mock.on("chat.completions.create").reply(text)
    found = answered(mock, **SEARCH)["choices"][0]["message"]["annotations"]
    assert [(each["url_citation"]["start_index"], each["url_citation"]["title"]) for each in found] == [
        (7, "Three things")
    ]
    assert answered(mock, model="gpt-4o")["choices"][0]["message"]["annotations"] == []


def test_json_has_no_links_in_it() -> None:
    shape = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    message = answered(MockAI(), **SEARCH, response_format=shape)["choices"][0]["message"]
    assert orjson.loads(message["content"]) is not None
    assert message["annotations"] == []


def test_a_page_without_a_name_is_called_by_its_host() -> None:
    assert citations("([a](http://a.example))")[0]["url_citation"]["title"] == "a.example"
    assert citations("no [link](http://a.example) in parentheses") == []


def test_a_moderation_stands_beside_the_answer() -> None:
    mock = MockAI()
    mock.on("chat.completions.create").reply("Let us talk about it.")
    value = answered(mock, "I will kill them.", model="gpt-5", moderation={"model": "omni-moderation-latest"})
    assert list(value)[5:7] == ["moderation", "usage"]
    asked, said = value["moderation"]["input"], value["moderation"]["output"]
    assert asked["type"] == "moderation_results"
    assert [result["flagged"] for result in asked["results"]] == [True]
    assert [result["flagged"] for result in said["results"]] == [False]
    assert list(asked["results"][0])[:3] == ["type", "model", "flagged"]


def test_every_choice_is_judged() -> None:
    value = answered(MockAI(), model="gpt-4o", n=3, moderation={"model": "omni-moderation-latest"})
    assert len(value["moderation"]["output"]["results"]) == 3


def test_a_streamed_moderation_comes_after_the_usage() -> None:
    asked: dict[str, Any] = {"model": "gpt-5", "moderation": {"model": "omni-moderation-latest"}}
    *_, usage, last = streamed(MockAI(), **asked, stream_options={"include_usage": True})
    assert (usage["choices"], last["choices"], last["usage"]) == ([], [], None)
    assert set(last["moderation"]) == {"input", "output"}
    assert "obfuscation" in last
    assert "usage" not in streamed(MockAI(), **asked)[-1]


def test_nobody_asks_nobody_judges() -> None:
    assert "moderation" not in answered(MockAI())


CODE = "def area(radius):\n    return 3.14 * radius * radius\n"


@pytest.mark.parametrize("given", [CODE, [{"type": "text", "text": CODE[:20]}, {"type": "text", "text": CODE[20:]}]])
def test_what_is_predicted_comes_true(given: Any) -> None:
    value = answered(MockAI(), model="gpt-4o", prediction={"type": "content", "content": given})
    details = value["usage"]["completion_tokens_details"]
    assert value["choices"][0]["message"]["content"] == CODE
    assert (details["accepted_prediction_tokens"], details["rejected_prediction_tokens"]) == (count(CODE, "gpt-4o"), 0)


def test_what_does_not_come_true_is_billed() -> None:
    mock = MockAI()
    said = CODE.replace("3.14", "math.pi")
    mock.on("chat.completions.create").reply(said)
    usage = answered(mock, model="gpt-4o", prediction={"type": "content", "content": CODE})["usage"]
    details = usage["completion_tokens_details"]
    accepted, rejected = details["accepted_prediction_tokens"], details["rejected_prediction_tokens"]
    assert accepted + rejected == count(CODE, "gpt-4o")
    assert 0 < rejected <= 4
    assert usage["completion_tokens"] == count(said, "gpt-4o") + rejected
