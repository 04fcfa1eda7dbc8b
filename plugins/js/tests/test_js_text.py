"""Bytes become text in parts, as the Encoding standard says."""

from __future__ import annotations

import pytest
from geppetto_js import JsError, Runtime


@pytest.mark.parametrize(
    ("options", "calls", "text"),
    [
        ("", "d([0xe2, 0x82], more), d([0xac])", "€"),
        ("", "d([0xf0], more), d([0x9f, 0x98], more), d([0x80], more), d()", "\U0001f600"),
        ("", "d([0x61, 0xe2, 0x82], more), d()", "a\ufffd"),
        ("", "d([0xe2, 0x82], more), d([0x41])", "\ufffdA"),
        ("", "d([0xe2, 0x82]), d([0xac])", "\ufffd\ufffd"),
        ("", "d([0xef], more), d([0xbb, 0xbf, 0x61], more), d([0xef, 0xbb, 0xbf])", "a\ufeff"),
        ("", "d([0xef, 0xbb, 0xbf, 0x61]), d([0xef, 0xbb, 0xbf, 0x62])", "ab"),
        ("{ignoreBOM: true}", "d([0xef, 0xbb], more), d([0xbf, 0x61])", "\ufeffa"),
        ("{fatal: true}", "d([0xe2, 0x82], more), d([0xac])", "€"),
        ("{fatal: true}", "d([0xc3], more), failed(() => d()), d([0x61])", "TypeError;a"),
        ("{fatal: true}", "d([0x61], more), failed(() => d([0xff], more)), d([0x62], more), d()", "aTypeError;b"),
    ],
)  # fmt: skip
def test_text_is_decoded_in_parts(runtime: Runtime, options: str, calls: str, text: str) -> None:
    """As the Encoding standard says: a character may be spread over calls with `stream`, a call without it ends the text."""
    decoded = runtime.evaluate(
        f"const decoder = new TextDecoder('utf-8', {options or '{}'}); const more = {{stream: true}};"
        "const d = (bytes, options) => decoder.decode(bytes && new Uint8Array(bytes), options);"
        "const failed = (f) => { try { f(); return 'passed;' } catch (error) { return error.name + ';' } };"
        f"[{calls}].join('')"
    )

    assert decoded == text


def test_a_decoder_takes_buffers_and_views(runtime: Runtime) -> None:
    """Of a view its own part only; texts are refused."""
    assert runtime.evaluate(
        "const bytes = new Uint8Array([97, 98, 99, 100]); const decoder = new TextDecoder();"
        "[decoder.decode(bytes.buffer), decoder.decode(new DataView(bytes.buffer, 1, 2)), decoder.ignoreBOM]"
    ) == ["abcd", "bc", False]
    with pytest.raises(JsError, match="ArrayBuffer"):
        runtime.evaluate("new TextDecoder().decode('abc')")
