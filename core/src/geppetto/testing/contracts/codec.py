"""CodecContract: what every extension codec owes the values that it reads and writes."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.codecs import ExtensionCodec

__all__ = ["CodecContract"]

_KEY = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+@v\d+")


class CodecContract:
    """Prove a codec: give JSON values that it reads, and values that it must refuse."""

    codec: ClassVar[ExtensionCodec]
    values: ClassVar[Sequence[Any]] = ()
    refused: ClassVar[Sequence[Any]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test once for each value of the kind that it asks for."""
        for name, values in (("value", self.values), ("wrong", self.refused)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values, ids=str)

    def test_values_are_given(self) -> None:
        """`values` has at least one: without any, nothing is proved."""
        assert self.values

    def test_the_key_is_typed(self) -> None:
        """A key is `namespace.name@vN`, so that a later version can stand beside it."""
        assert _KEY.fullmatch(self.codec.key)
        assert self.codec.display_name or self.codec.description

    def test_the_schema_is_a_schema(self) -> None:
        """The schema is valid JSON Schema 2020-12."""
        from jsonschema import Draft202012Validator

        Draft202012Validator.check_schema(dict(self.codec.schema))

    def test_a_value_comes_back(self, value: Any) -> None:
        """Reading and writing gives the same JSON, and leaves what it was given alone."""
        given = copy.deepcopy(value)

        written = self.codec.encode(self.codec.decode(given))

        assert json.loads(json.dumps(written)) == value
        assert given == value

    def test_a_value_fits_the_schema(self, value: Any) -> None:
        """What the codec reads and writes is what the schema describes."""
        from jsonschema import Draft202012Validator

        validator = Draft202012Validator(dict(self.codec.schema))
        for found in (value, self.codec.encode(self.codec.decode(value))):
            assert list(validator.iter_errors(found)) == []

    def test_what_is_wrong_is_refused(self, wrong: Any) -> None:
        """The schema or the codec says no, with words."""
        from jsonschema import Draft202012Validator

        errors = [error.message for error in Draft202012Validator(dict(self.codec.schema)).iter_errors(wrong)]
        if not errors:
            with pytest.raises(Exception) as caught:  # noqa: PT011  # a codec's own errors are its own
                self.codec.decode(wrong)
            assert str(caught.value)
