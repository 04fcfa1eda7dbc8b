"""langchain: ChatOpenAI for requests, an agent for tools and middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_openai import ChatOpenAI

from benchmarks.adapters.common import MODEL, PROMPT, REPLY, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["ask", "ask_async", "connect", "in_process", "open_async", "stream_async", "use_tools"]


def connect(url: str) -> Any:
    """Return the chat model, for the tool row an agent on it."""
    model = ChatOpenAI(model=MODEL, base_url=f"{url}/v1", api_key="k", max_retries=0, use_responses_api=False)
    if not url.endswith("/tool"):
        return model
    from langchain.agents import create_agent

    return create_agent(model, [get_weather])


def ask(client: Any) -> str:
    """Make one request."""
    return client.invoke(PROMPT).content


open_async = connect


async def ask_async(client: Any) -> str:
    """Make one request."""
    return (await client.ainvoke(PROMPT)).content


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async for chunk in client.astream(PROMPT):
        if chunk.content:
            yield chunk.content


def use_tools(client: Any) -> str:
    """Run the agent."""
    return client.invoke({"messages": [("user", PROMPT)]})["messages"][-1].content


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a run of an agent on the fake model, through agent middlewares."""
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    agent = create_agent(
        FakeListChatModel(responses=[REPLY]), middleware=[_middleware(n) for n in range(layers)]
    )
    return lambda: agent.ainvoke({"messages": [("user", PROMPT)]})


def _middleware(number: int) -> Any:
    from langchain.agents.middleware import AgentMiddleware

    class Layer(AgentMiddleware):
        async def awrap_model_call(self, request: Any, handler: Any) -> Any:
            return await handler(request)

    Layer.__name__ = f"Layer{number}"  # an agent takes each name once
    return Layer()
