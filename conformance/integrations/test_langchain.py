"""LangChain: chat models, tools, structured output, and embeddings that find the right document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import tiktoken
from conftest import Mock
from langchain_core.documents import Document
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, Field

RESPONSES, CHAT = "responses.create", "chat.completions.create"
METHODS = ("json_schema", "function_calling")

DOCUMENTS = (
    "Honey bees collect nectar from flowers and turn it into honey inside the hive.",
    "Mount Everest, on the border of Nepal and Tibet, rises 8,849 metres above the sea.",
    "The Mona Lisa was painted by Leonardo da Vinci and hangs in the Louvre in Paris.",
    "Sourdough bread rises by wild yeast; bake the loaf in a hot pot until the crust is dark.",
    "A solar eclipse happens when the Moon passes between the Sun and the Earth.",
    "Python's garbage collector counts references and breaks cycles of objects.",
    "The human heart has four chambers and beats about a hundred thousand times a day.",
    "Chess begins with sixteen pieces a side; the bishop moves along diagonals.",
    "The Great Wall of China was built over centuries to keep out raiders from the north.",
    "Photosynthesis lets green plants make sugar out of light, water and carbon dioxide.",
    "A mortgage is a loan for a house; the bank charges interest until it is paid back.",
    "The violin has four strings tuned in fifths and is played with a bow.",
    "Volcanoes erupt when magma and gases from deep below push through the crust.",
    "The Roman Empire split in two, and its western half fell in the year 476.",
    "Vaccines train the immune system to recognise a virus before it does harm.",
    "Coffee beans are the roasted seeds of a berry that grows near the equator.",
    "Penguins are birds that cannot fly and hunt fish in the cold southern seas.",
    "A marathon is a run of 42.195 kilometres, named after a town in Greece.",
    "Diesel engines ignite their fuel by compression alone, without a spark plug.",
    "Sharks have skeletons of cartilage and replace their teeth all their lives.",
)
QUESTIONS = (
    "How do bees make honey?",
    "How many metres above the sea is Mount Everest?",
    "Who painted the Mona Lisa?",
    "How do I bake sourdough bread?",
    "When does an eclipse of the Sun happen?",
    "How does the garbage collector of Python work?",
    "How often does the human heart beat?",
    "Along which lines does a bishop move in chess?",
    "Why was the Great Wall of China built?",
    "What do plants need for photosynthesis?",
    "What interest does a bank charge on a mortgage?",
    "How are the strings of a violin tuned?",
    "Why do volcanoes erupt?",
    "When did the western Roman Empire fall?",
    "How do vaccines train the immune system?",
    "Where do coffee beans grow?",
    "Which birds cannot fly and hunt fish?",
    "How many kilometres is a marathon?",
    "How do diesel engines ignite fuel?",
    "Do sharks replace their teeth?",
)
"""The question of each document, in the same order."""


class Person(BaseModel):
    """Somebody."""

    name: str
    age: int = Field(ge=0, le=120)
    emails: list[str]


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """The loop of all tests, since LangChain's models share their connections for ever."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=(CHAT, RESPONSES))
def api(request: pytest.FixtureRequest) -> str:
    """The API through which the model speaks."""
    return str(request.param)


def model(api: str, name: str = "gpt-5", **options: Any) -> ChatOpenAI:
    return ChatOpenAI(model=name, use_responses_api=api == RESPONSES, stream_usage=True, **options)


def joined(chunks: list[Any]) -> AIMessageChunk:
    """The message that the chunks of a stream add up to."""
    return sum(chunks[1:], chunks[0])


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-5"])
def test_a_model_answers_with_its_usage(api: str, name: str) -> None:
    answer = model(api, name).invoke("What is a lighthouse?")
    assert isinstance(answer, AIMessage)
    assert "lighthouse" in answer.text
    assert answer.response_metadata["model_name"].startswith(f"{name}-20")
    usage = answer.usage_metadata
    assert usage is not None
    assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"]
    assert (usage["output_token_details"]["reasoning"] > 0) is (name == "gpt-5")


def test_a_model_streams_with_its_usage(api: str, mock: Mock) -> None:
    mock.on(api, stream={"pieces": ["A tower ", "with ", "a lamp."]})
    chunks = list(model(api).stream("What is a lighthouse?"))
    assert [chunk.text for chunk in chunks if chunk.text] == ["A tower ", "with ", "a lamp."]
    usage = joined(chunks).usage_metadata
    assert usage is not None
    assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"]


def test_a_model_answers_and_streams_asynchronously(api: str, mock: Mock, loop: asyncio.Runner) -> None:
    mock.on(api, reply="A tower with a lamp.")

    async def asked() -> tuple[str, str, list[str]]:
        asking = model(api)
        answer = await asking.ainvoke("What is a lighthouse?")
        streamed = [chunk async for chunk in asking.astream("What is a lighthouse?")]
        batch = await asking.abatch(["What is a lighthouse?", "And a lightship?"])
        return answer.text, joined(streamed).text, [each.text for each in batch]

    said = "A tower with a lamp."
    assert loop.run(asked()) == (said, said, [said, said])


def test_a_tool_is_called_and_its_result_answered(api: str, mock: Mock) -> None:
    result = {"role": "tool"} if api == CHAT else {"type": "function_call_output"}
    mock.on(api, call_tool={"name": "get_weather", "arguments": {"city": "Oslo"}})
    mock.on(api, {"messages" if api == CHAT else "input": {"contains": result}}, reply="Take a hat to Oslo.")
    assert conversation(model(api), "What shall I take along?") == "Take a hat to Oslo."


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-5"])
def test_a_tool_is_called_without_a_script(api: str, name: str) -> None:
    assert "weather" in conversation(model(api, name), "What is the weather in Paris?")


def conversation(asking: ChatOpenAI, question: str) -> str:
    """The last word of a conversation in which one tool is called."""
    able = asking.bind_tools([get_weather])
    messages: list[Any] = [HumanMessage(question)]
    messages.append(able.invoke(messages))
    assert [call["name"] for call in messages[-1].tool_calls] == ["get_weather"]
    messages += [get_weather.invoke(call) for call in messages[-1].tool_calls]
    return able.invoke(messages).text


@pytest.mark.parametrize("choice", ["get_weather", "any"])
def test_a_tool_that_is_required_is_called(api: str, choice: str) -> None:
    able = model(api).bind_tools([get_weather], tool_choice=choice, strict=True, parallel_tool_calls=False)
    (call,) = able.invoke("Hello.").tool_calls
    assert get_weather.invoke(call).content.startswith("It is sunny in ")
    assert [each["name"] for each in joined(list(able.stream("Hello."))).tool_calls] == ["get_weather"]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of a parsed message, by the SDK
@pytest.mark.parametrize("method", METHODS)
def test_structured_output_has_its_type(api: str, method: Any) -> None:
    structured = model(api).with_structured_output(Person, method=method)
    assert isinstance(structured.invoke("Who is Ada?"), Person)
    assert isinstance(list(structured.stream("Who is Ada?"))[-1], Person)
    raw = model(api).with_structured_output(Person, method=method, include_raw=True).invoke("Who is Ada?")
    assert isinstance(raw, dict)
    assert raw["parsing_error"] is None
    assert isinstance(raw["parsed"], Person)
    plain = model(api).with_structured_output(Person.model_json_schema(), method=method).invoke("Who is Ada?")
    assert Person.model_validate(plain)


def test_structured_output_without_a_schema_is_scripted(api: str, mock: Mock) -> None:
    said = Person(name="Ada", age=36, emails=["ada@example.com"])
    mock.on(api, reply=said.model_dump_json())
    structured = model(api).with_structured_output(Person, method="json_mode")
    assert structured.invoke("Who is Ada? Answer in JSON.") == said


def test_json_without_a_schema_is_an_object(api: str) -> None:
    schema = Person.model_json_schema()
    said = model(api).with_structured_output(schema, method="json_mode").invoke("Who is Ada? Answer in JSON.")
    assert isinstance(said, dict)


def test_a_response_goes_on_from_the_one_before(mock: Mock) -> None:
    asking = model(RESPONSES, use_previous_response_id=True)
    messages: LanguageModelInput = [HumanMessage("I am Linus.")]
    first = asking.invoke(messages)
    asking.invoke([*messages, first, HumanMessage("Who am I?")])
    last = mock.requests(RESPONSES)[1]
    assert last["previous_response_id"] == first.response_metadata["id"]
    assert "Linus" not in json.dumps(last["input"])


def test_tokens_are_counted_as_the_mock_counts_them() -> None:
    asking = model(CHAT, "gpt-4o-mini")
    usage = asking.invoke("What is a lighthouse?").usage_metadata
    assert usage is not None
    assert asking.get_num_tokens("What is a lighthouse?") == 5
    assert asking.get_num_tokens_from_messages([HumanMessage("What is a lighthouse?")]) == usage["input_tokens"]


@pytest.mark.parametrize("name", ["text-embedding-3-small", "text-embedding-ada-002"])
@pytest.mark.parametrize("tokens", [True, False])
def test_a_retriever_finds_the_right_document_of_twenty(mock: Mock, name: str, tokens: bool) -> None:
    embeddings = OpenAIEmbeddings(model=name, check_embedding_ctx_length=tokens)
    store = InMemoryVectorStore.from_texts(list(DOCUMENTS), embeddings)
    retriever = store.as_retriever(search_kwargs={"k": 1})
    found: list[list[Document]] = [retriever.invoke(question) for question in QUESTIONS]
    assert [documents[0].page_content for documents in found] == list(DOCUMENTS)
    sent = mock.requests("embeddings.create")[0]["input"]
    spoken = sent if not tokens else [tiktoken.encoding_for_model(name).decode(each) for each in sent]
    assert spoken == list(DOCUMENTS)


def test_embeddings_are_made_asynchronously_in_the_size_asked_for(loop: asyncio.Runner) -> None:
    async def embedded() -> tuple[list[float], list[list[float]]]:
        embeddings = OpenAIEmbeddings(model="text-embedding-3-large", dimensions=256)
        return await embeddings.aembed_query("honey"), await embeddings.aembed_documents(["honey", "bread"])

    one, (same, other) = loop.run(embedded())
    assert one == same != other
    assert len(one) == len(other) == 256
    assert sum(each * each for each in one) == pytest.approx(1, abs=1e-3)
