"""The secret type: a value that can be used, and cannot be shown, compared, hashed by value or stored."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["Secret"]


class Secret:
    """Hold a secret text; only `reveal()` gives it back.

    Every other way out (repr, format, pickle, JSON, equality by value) shows or answers nothing: a secret that
    reaches a log, a trace or a file by accident stays a secret.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        text: object = value
        if not isinstance(text, str):
            msg = f"a Secret holds text, not {type(text).__name__}"
            raise TypeError(msg)
        self._value = text

    def reveal(self) -> str:
        """Return the secret text; call it only where the text leaves for its destination."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __copy__(self) -> Secret:
        return self  # it cannot change: settings models that hold it can be copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        msg = "a Secret cannot be pickled"
        raise TypeError(msg)

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(2)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let settings models declare `api_key: Secret`; plain text is wrapped, dumps show `***`."""
        from pydantic_core import core_schema

        wrap = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=wrap,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), wrap]),
            serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="always"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "format": "password", "writeOnly": True}
