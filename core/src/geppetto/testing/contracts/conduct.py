"""What every plugin with an engine owes its host: light imports, honest settings, secrets that stay secret."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from geppetto.config import schema_of
from geppetto.engine.inference import InferenceConfig
from geppetto.errors import ConfigError, InvalidOption, ProviderError
from geppetto.testing.canned import CannedTransport
from geppetto.testing.contracts.bench import CANARY
from geppetto.testing.contracts.plugin import PluginSuite, described
from geppetto.testing.contracts.suite import EngineSuite
from geppetto.testing.replay_exchange import Exchange
from geppetto.turns import serde

if TYPE_CHECKING:
    from geppetto.testing.contracts.bench import Bench
    from geppetto.testing.contracts.case import Case

__all__ = ["ConductContract"]

_OPTIONS: dict[str, Any] = {
    "temperature": 0.25,
    "top_p": 0.75,
    "max_output_tokens": 77,
    "stop": ["THE-END"],
    "seed": 42,
    "reasoning_effort": "low",
    "reasoning_budget": 2048,
    "response_format": {"type": "object", "properties": {}, "additionalProperties": False, "required": []},
}


class ConductContract(PluginSuite, EngineSuite):
    """Check what an engine's plugin does besides answering."""

    @property
    def plugin_module(self) -> str:
        """The module that the entry point names."""
        return self.factory.build.__module__

    def test_every_setting_is_described(self) -> None:
        """The settings are a JSON Schema in which each property says what it is for, and nothing else may stand."""
        schema = schema_of(self.factory.settings())

        properties = schema.get("properties", {})
        assert schema.get("additionalProperties", False) is False
        assert [name for name, node in properties.items() if not described(node)] == []
        assert {"model", "base_url", "api_key"} <= properties.keys()

    def test_an_unknown_setting_is_refused(self, bench: Bench) -> None:
        """A misspelt setting is an error that names the nearest one."""
        with pytest.raises(ConfigError, match="base_url"):
            bench.engine(base_ur="x")

    @pytest.mark.parametrize("option", list(_OPTIONS))
    def test_no_option_is_dropped_in_silence(self, bench: Bench, option: str) -> None:
        """An option of the run changes the request, or is refused by its name."""
        case = self.with_text(streaming=False)
        plain, changed = (CannedTransport([case.exchange()]) for _ in range(2))
        bench.complete(case, transport=plain)

        try:
            self._run(bench, case, changed, **{option: _OPTIONS[option]})
        except InvalidOption as error:
            assert error.code == "UNSUPPORTED_SETTING"
            assert option in str(error)
        else:
            assert changed.requests[0].json != plain.requests[0].json

    def test_a_setting_that_is_not_supported_can_be_dropped_by_wish(self, bench: Bench) -> None:
        """With `unsupported: drop` the run goes on and its result names what was left out."""
        case = self.with_text(streaming=False)
        for option, value in _OPTIONS.items():
            canned = CannedTransport([case.exchange()])
            try:
                self._run(bench, case, canned, **{option: value})
            except InvalidOption:
                answered = self._run(
                    bench,
                    case,
                    CannedTransport([case.exchange()]),
                    settings={"unsupported": "drop"},
                    **{option: value},
                )
                assert answered.result.dropped_settings == [option]

    def test_a_missing_model_is_told(self, bench: Bench) -> None:
        """There is no request without a model; the error says how to name one."""
        canned = CannedTransport()
        bench.settings = {**bench.settings, "model": None}

        with pytest.raises((ConfigError, InvalidOption), match="model"):
            bench.complete(self.with_text(), transport=canned)

        assert canned.requests == []

    def test_the_key_is_shown_nowhere(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        """Not in logs, events, errors or reprs, also when the vendor echoes it."""
        caplog.set_level(logging.DEBUG)
        echo = json.dumps({"error": {"message": f"bad key {CANARY}", "code": "x", "type": "x"}})
        refused = Exchange(401, headers={"x-echo": CANARY}, body=echo)
        case = self.with_text()
        engine = bench.engine(transport=CannedTransport())

        with pytest.raises(ProviderError) as caught:
            bench.complete(case, transport=CannedTransport([refused]))
        answered = bench.complete(case)

        error = caught.value
        shown = [
            str(error),
            repr(error),
            json.dumps(error.to_json()),
            caplog.text,
            repr(engine),
            repr(vars(engine)),
        ]
        shown += [repr(event) for event in answered.port.events] + [serde.to_yaml(answered.after)]
        assert [text for text in shown if CANARY in text] == []

    def test_the_key_travels_in_a_header(self, bench: Bench) -> None:
        """Addresses end up in logs: no key stands in one, nor in the body."""
        canned = CannedTransport([self.with_text().exchange()])

        bench.complete(self.with_text(), transport=canned)

        request = canned.requests[0]
        assert CANARY not in request.path
        assert CANARY.encode() not in request.body
        assert any(CANARY in value for value in request.headers.values())

    def test_the_base_url_is_honoured(self, bench: Bench) -> None:
        """A base URL with or without a slash at the end gives the same address."""
        case, paths = self.with_text(), []
        for slash in ("", "/"):
            bench.base_path = self.base_path + slash
            canned = CannedTransport([case.exchange()])
            bench.complete(case, transport=canned)
            paths.append(canned.requests[0].path)

        assert paths[0] == paths[1]
        assert paths[0].startswith(self.base_path)

    def _run(
        self, bench: Bench, case: Case, canned: CannedTransport, settings: Any = None, **options: Any
    ) -> Any:
        bench = replace(bench, settings={**bench.settings, **(settings or {})})
        return bench.complete(
            case, transport=canned, inference=InferenceConfig(stream=case.streaming, **options)
        )
