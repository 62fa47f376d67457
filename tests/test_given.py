"""Answers of which a part is given, as the official SDK hears them; and what cannot be an answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from asking import CHAT, ask, chat, exchange, request, said, taped
from openai import OpenAI
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_chunk import Choice as Part
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from mockai import MockAI
from mockai.call import Forward
from mockai.errors import StubError
from mockai.http import Chunk, Exchange, Reply
from mockai.sounds import said as heard
from mockai.stubs import Stub

SPEECH = "audio.speech.create"
TRANSCRIPT = "audio.transcriptions.create"
PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"


@pytest.fixture
def mock() -> MockAI:
    return MockAI()


@pytest.fixture
def openai(mock: MockAI) -> OpenAI:
    return OpenAI(api_key="sk-test", max_retries=0, http_client=httpx2.Client(transport=mock.transport(httpx2)))


def completion(**more: Any) -> ChatCompletion:
    message = ChatCompletionMessage(role="assistant", content="From the SDK.")
    choice = Choice(index=0, finish_reason="stop", message=message)
    return ChatCompletion(id="chatcmpl-1", object="chat.completion", created=1, model="gpt-5", choices=[choice], **more)


def ask_sdk(openai: OpenAI, **more: Any) -> Any:
    return openai.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi."}], **more)


# -- whole bodies


def test_an_object_of_the_sdk_is_a_body(mock: MockAI, openai: OpenAI) -> None:
    usage = CompletionUsage(completion_tokens=1, prompt_tokens=2, total_tokens=3)
    mock.on(CHAT).reply(completion(usage=usage))
    answer = ask_sdk(openai)
    assert answer.choices[0].message.content == "From the SDK."
    assert answer.usage == usage
    sent = answer.model_dump(exclude_unset=True)
    assert sent["choices"][0]["message"]["refusal"] is None  # the API always says so, and nobody had set it
    assert "tool_calls" not in sent["choices"][0]["message"]


def test_objects_of_the_sdk_are_events(mock: MockAI, openai: OpenAI) -> None:
    def chunk(words: str, role: Literal["assistant"] | None = None, end: Literal["stop"] | None = None) -> Any:
        delta = ChoiceDelta(content=words, role=role) if role else ChoiceDelta(content=words)
        part = Part(index=0, delta=delta, finish_reason=end)
        return ChatCompletionChunk(
            id="chatcmpl-1", object="chat.completion.chunk", created=1, model="gpt-5", choices=[part]
        )

    mock.on(CHAT, stream=True).reply([chunk("He", role="assistant"), chunk("llo", end="stop")])
    assert [each.choices[0].delta.content for each in ask_sdk(openai, stream=True)] == ["He", "llo"]


def test_a_dict_and_a_dict_of_objects_are_bodies(mock: MockAI, openai: OpenAI) -> None:
    body = completion().model_dump(exclude_unset=True)
    body["choices"][0] |= {"logprobs": None}
    body["choices"][0]["message"] |= {"refusal": None}
    mock.on(CHAT).reply(body).then.reply({**body, "choices": completion().choices})
    assert ask_sdk(openai).to_dict() == body
    assert ask_sdk(openai).choices[0].message.content == "From the SDK."


# -- parts of answers


def test_thoughts_come_before_words(mock: MockAI, openai: OpenAI) -> None:
    mock.on("responses.create").reasoning("Six times seven.").reply("42")
    first, second = openai.responses.create(model="gpt-5", input="What is it?").output
    assert first.type == "reasoning"
    assert [part.text for part in first.summary] == ["Six times seven."]
    assert second.type == "message"
    heard = [
        event.delta
        for event in openai.responses.create(model="gpt-5", input="What is it?", stream=True)
        if event.type == "response.reasoning_summary_text.delta"
    ]
    assert "".join(heard) == "Six times seven."

    mock.on(CHAT).reasoning("Hm.", tokens=7).call_tool("f")
    usage = ask_sdk(openai).usage
    assert usage.completion_tokens_details.reasoning_tokens == 7
    assert str(mock.stubs[1]) == "on('chat.completions.create').reasoning('Hm.').call_tools(f)"


@pytest.mark.parametrize("form", ["float", "base64"])
def test_vectors_are_given_in_order_to_all_or_by_text(form: Any, mock: MockAI, openai: OpenAI) -> None:
    def vectors(*texts: str) -> list[list[float]]:
        made = openai.embeddings.create(model="text-embedding-3-small", input=list(texts), encoding_format=form)
        if form == "float":
            return [each.embedding for each in made.data]
        import struct

        packed = [base64.b64decode(str(each.embedding)) for each in made.data]
        return [list(struct.unpack(f"<{len(data) // 4}f", data)) for data in packed]

    mock.on("embeddings.create").embed([1, 0]).then.embed([[1, 0], [0, 1]]).then.embed({"cat": [0.5, 0.5]})
    assert vectors("a", "b") == [[1, 0], [1, 0]]
    assert vectors("a", "b") == [[1, 0], [0, 1]]
    own, other = vectors("cat", "dog")
    assert own == [0.5, 0.5]
    assert len(other) == 1536


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pictures_are_given(mock: MockAI, openai: OpenAI, tmp_path: Path) -> None:
    (tmp_path / "other.png").write_bytes(PNG + b"!")
    mock.on("images.generate").image(PNG, tmp_path / "other.png")
    found = openai.images.generate(model="gpt-image-1", prompt="A cat.", n=3).data
    assert found is not None
    files = [base64.b64decode(each.b64_json or "") for each in found]
    assert files == [PNG, PNG + b"!", PNG]
    stream = openai.images.generate(model="gpt-image-1", prompt="A cat.", stream=True, partial_images=1)
    assert [base64.b64decode(event.b64_json) for event in stream] == [PNG, PNG]
    mock.on("images.edit").image(PNG)
    edited = openai.images.edit(model="gpt-image-1", prompt="A hat.", image=("a.png", PNG, "image/png")).data
    assert edited is not None
    assert base64.b64decode(edited[0].b64_json or "") == PNG
    mock.on("images.create_variation").image(PNG)
    varied = openai.images.create_variation(image=("a.png", PNG, "image/png"), response_format="b64_json").data
    assert varied is not None
    assert base64.b64decode(varied[0].b64_json or "") == PNG


def test_sound_is_given_or_a_text_is_spoken(mock: MockAI, openai: OpenAI) -> None:
    mock.on(SPEECH).speech(b"ID3 sound").then.speech("Other words.")

    def sound() -> bytes:
        return openai.audio.speech.create(model="tts-1", voice="alloy", input="Words.", response_format="wav").content

    assert sound() == b"ID3 sound"
    assert heard(sound()) == "Other words."


def test_a_transcript_has_the_words_and_their_times(mock: MockAI, openai: OpenAI) -> None:
    mock.on(TRANSCRIPT).transcript("Hello world", words=[("Hello", 0.0, 0.4), ("world", 0.5, 90.0)])
    file = ("a.mp3", b"\0" * 32_000, "audio/mpeg")
    told = openai.audio.transcriptions.create(
        model="whisper-1", file=file, response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert told.words is not None
    assert [(word.word, word.start, word.end) for word in told.words] == [("Hello", 0.0, 0.4), ("world", 0.5, 90.0)]
    assert (told.text, told.duration) == ("Hello world", 90.0)
    assert openai.audio.transcriptions.create(model="whisper-1", file=file).text == "Hello world"


# -- from elsewhere


def test_a_call_is_forwarded(openai: OpenAI, mock: MockAI) -> None:
    real = MockAI()
    real.on(CHAT).reply("The real thing.")
    with real.serve() as url:
        mock.on(CHAT, model="gpt-5").forward(url)
        mock.on(CHAT).reply("scripted").times(1)
        assert ask_sdk(openai).choices[0].message.content == "scripted"
        assert ask_sdk(openai).choices[0].message.content == "The real thing."
    assert [exchange.source for exchange in mock.journal] == ["stub", "upstream"]


def test_a_call_is_forwarded_to_the_upstream_of_the_mock(golden: Callable[[str, object], None]) -> None:
    mock = MockAI(upstream="http://127.0.0.1:9/v1", record_mode="new_episodes", record_to="nowhere.yaml")
    mock.on(CHAT).forward()
    forward = mock.handle(chat())
    assert isinstance(forward, Forward)
    assert forward.base == "http://127.0.0.1:9/v1"
    lonely = MockAI()
    lonely.on(CHAT).forward()
    golden("given-no-upstream", said(lonely))


def test_recordings_answer_whatever_is_asked(
    tmp_path: Path, mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    body = completion().model_dump()
    stream = Reply(200, (("content-type", "text/event-stream"),), (Chunk(0, b"data: [DONE]\n\n"),))
    file = taped(
        tmp_path / "c.yaml",
        exchange(chat("one"), body | {"id": "1"}),
        exchange(chat("two"), body | {"id": "2"}),
        Exchange(chat("three", stream=True), stream, CHAT),
    )
    mock.on(CHAT).from_cassette(file, 3)
    golden("given-recorded-stream", said(mock).replace(str(tmp_path), ""))
    mock.on(CHAT).from_cassette(file, 2).times(1).then.from_cassette(file, 1)
    ids = [ask(mock, chat("other")).content for _ in range(3)]
    assert [b'"2"' in ids[0], b'"1"' in ids[1], ids[1] == ids[2]] == [True, True, True]
    stub = mock.on(CHAT).from_cassette(file)
    assert [step.times for step in stub.steps] == [1, 1, None]


def test_an_answer_may_be_there_always(mock: MockAI) -> None:
    stub = mock.on(CHAT).fail(429).times(1).then.reply("Hello!").always()
    assert str(stub) == "on('chat.completions.create').fail(429).then.reply('Hello!').always()"
    ask(mock, chat())
    mock.verify()
    assert [said(mock) for _ in range(3)] == ["Hello!"] * 3
    assert str(mock.on(CHAT).reply("x").always().times(2)).endswith(".reply('x').times(2)")


REFUSED: dict[str, Callable[[Callable[..., Stub]], Any]] = {
    "given-impossible-object": lambda on: on("embeddings.create").reply(completion()),
    "given-impossible-field": lambda on: on(CHAT).reply(completion().model_copy(update={"created": "now"})),
    "given-no-json": lambda on: on(CHAT).reply(object),
    "given-thoughts-alone": lambda on: on(CHAT).reasoning("Hm.").fail(500),
    "given-thoughts-without-words": lambda on: on("embeddings.create").reasoning("Hm."),
    "given-embed-elsewhere": lambda on: on(CHAT).embed([1.0]),
    "given-odd-number": lambda on: on("embeddings.create").embed([float("nan"), 1.0]),
    "given-no-text": lambda on: on(TRANSCRIPT).transcript(5),
    "given-no-vectors": lambda on: on("embeddings.create").embed("cat"),
    "given-no-vector-of-text": lambda on: on("embeddings.create").embed({"cat": "dog"}),
    "given-no-picture": lambda on: on("images.generate").image(),
    "given-no-file": lambda on: on("images.generate").image("nowhere/cat.png"),
    "given-no-sound": lambda on: on(SPEECH).speech(b""),
    "given-odd-words": lambda on: on(TRANSCRIPT).transcript("Hi", words=["Hi"]),
    "given-odd-times": lambda on: on(TRANSCRIPT).transcript("Hi", words=[("Hi", 2, 1)]),
    "given-odd-upstream": lambda on: on(CHAT).forward("api.openai.com"),
    "given-no-cassette": lambda on: on(CHAT).from_cassette("nowhere.yaml"),
    "given-always-first": lambda on: on(CHAT).always(),
    "given-always-then": lambda on: on(CHAT).reply("a").always().then,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_when_it_is_declared(
    name: str, mock: MockAI, golden: Callable[[str, object], None]
) -> None:
    with pytest.raises(StubError) as refused:
        REFUSED[name](mock.on)
    golden(name, refused.value)


@pytest.mark.parametrize(("operation", "number"), [(CHAT, 2), ("embeddings.create", 1), ("embeddings.create", None)])
def test_a_cassette_must_have_it(
    operation: str, number: int | None, mock: MockAI, tmp_path: Path, golden: Callable[[str, object], None]
) -> None:
    file = taped(tmp_path / "c.yaml", exchange(chat("one")))
    with pytest.raises(StubError) as refused:
        mock.on(operation).from_cassette(file, number)
    golden(f"given-cassette-{operation}-{number}", str(refused.value).replace(str(file), "c.yaml"))


def test_a_verb_of_another_operation_says_nothing_else(mock: MockAI) -> None:
    mock.on("POST /v1/odd").reply({"any": "thing"})
    assert ask(mock, request("/v1/odd", a=1)).status == 200
