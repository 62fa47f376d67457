"""A support desk of two agents: the first takes the question, the second knows the orders."""

from __future__ import annotations

from agents import Agent, Runner, function_tool

ORDERS = {"A-1": "on its way", "A-2": "delivered"}


@function_tool
def order_status(number: str) -> str:
    """The status of an order."""
    return ORDERS.get(number, "not known")


orders = Agent(name="orders", model="gpt-5", instructions="You know the orders.", tools=[order_status])
desk = Agent(name="desk", model="gpt-5", instructions="Hand over what is about orders.", handoffs=[orders])


async def answer(question: str) -> tuple[str, str]:
    """The answer, and the name of the agent who gave it."""
    result = await Runner.run(desk, question)
    return str(result.final_output), result.last_agent.name


async def spoken(question: str) -> list[str]:
    """The pieces of an answer."""
    result = Runner.run_streamed(desk, question)
    events = [event async for event in result.stream_events()]
    raw = [event.data for event in events if event.type == "raw_response_event"]
    return [event.delta for event in raw if event.type == "response.output_text.delta"]
