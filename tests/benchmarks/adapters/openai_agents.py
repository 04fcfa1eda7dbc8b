"""openai-agents: the Runner on a Chat Completions model, without tracing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrail,
    Model,
    ModelResponse,
    OpenAIChatCompletionsModel,
    Runner,
    Usage,
    function_tool,
)
from openai import AsyncOpenAI
from openai.types.responses import ResponseOutputMessage, ResponseOutputText

from benchmarks.adapters.common import MODEL, PROMPT, REPLY, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["ask", "ask_async", "connect", "in_process", "open_async", "stream_async", "use_tools"]


def connect(url: str) -> Any:
    """Return an agent; it is blocking and async at once."""
    client = AsyncOpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0)
    model = OpenAIChatCompletionsModel(model=MODEL, openai_client=client)
    return Agent(name="a", model=model, tools=[function_tool(get_weather)] if url.endswith("/tool") else [])


def ask(client: Any) -> str:
    """Run once in plain code."""
    return Runner.run_sync(client, PROMPT).final_output


open_async = connect


async def ask_async(client: Any) -> str:
    """Run once."""
    return (await Runner.run(client, PROMPT)).final_output


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Run once and give the deltas."""
    async for event in Runner.run_streamed(client, PROMPT).stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            yield event.data.delta


use_tools = ask


class _Fake(Model):
    async def get_response(self, *_given: Any, **_more: Any) -> Any:
        part = ResponseOutputText(text=REPLY, type="output_text", annotations=[])
        message = ResponseOutputMessage(
            id="m", content=[part], role="assistant", status="completed", type="message"
        )
        return ModelResponse([message], Usage(), None)

    def stream_response(self, *_given: Any, **_more: Any) -> Any:
        raise NotImplementedError


async def _guard(*_given: Any) -> Any:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=False)


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a run of a model that answers at once; a layer is a guard of the input, the nearest that there is."""
    agent = Agent(name="a", model=_Fake(), input_guardrails=[InputGuardrail(_guard) for _ in range(layers)])
    return lambda: Runner.run(agent, PROMPT)
