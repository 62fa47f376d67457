"""A travel guide in LangChain: a chat model that looks up the weather before it answers."""

from __future__ import annotations

from langchain_core.messages import HumanMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

WEATHER = {"Paris": "sunny", "Bergen": "wet"}


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


class Trip(BaseModel):
    """A proposal."""

    city: str
    days: int


def model() -> ChatOpenAI:
    return ChatOpenAI(model="gpt-5")


def advise(question: str) -> str:
    """The guide's answer, with as many looks at the weather as it wants."""
    guide: Runnable = model().bind_tools([get_weather])
    messages: list = [HumanMessage(question)]
    while True:
        said = guide.invoke(messages)
        messages.append(said)
        if not said.tool_calls:
            return said.text
        messages += [get_weather.invoke(call) for call in said.tool_calls]


def propose(wish: str) -> Trip:
    """A trip that fits the wish."""
    return model().with_structured_output(Trip).invoke(wish)
