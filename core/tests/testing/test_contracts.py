"""The contracts, used on the core's own contributions."""

from geppetto.builtin.middlewares import LOGGING, REORDER_TOOL_RESULTS, SYSTEM_PROMPT
from geppetto.builtin.tools import CALCULATOR, CLOCK
from geppetto.codecs import ExtensionCodec
from geppetto.testing import CodecContract, MiddlewareContract, ToolContract


class TestSystemPrompt(MiddlewareContract):
    """The system prompt."""

    definition = SYSTEM_PROMPT
    good = ({"prompt": "Be brief."},)
    bad = ({"prompt": 7},)


class TestLogging(MiddlewareContract):
    """The log of runs."""

    definition = LOGGING


class TestReorderToolResults(MiddlewareContract):
    """The order of results."""

    definition = REORDER_TOOL_RESULTS


class TestCalculator(ToolContract):
    """Arithmetic."""

    definition = CALCULATOR
    calls = (({"expression": "6*7"}, 42), ({"expression": "2**0.5"}, lambda found: 1.41 < found < 1.42))
    refused = ({}, {"expression": 7}, {"expression": "__import__('os')"})


class TestClock(ToolContract):
    """The time of day."""

    definition = CLOCK
    calls = (({}, bool),)
    refused = ({"timezone": "Nowhere/None"},)


def _point(value: dict[str, int]) -> tuple[int, int]:
    return (value["x"], value["y"])


class TestCodec(CodecContract):
    """A codec that gives JSON a type of its own."""

    codec = ExtensionCodec(
        key="example.point@v1",
        schema={
            "type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
            "required": ["x", "y"],
            "additionalProperties": False,
        },
        decode=_point,
        encode=lambda found: {"x": found[0], "y": found[1]},
        display_name="Point",
    )
    values = ({"x": 1, "y": 2},)
    refused = ({}, {"x": "1", "y": 2}, [1, 2])
