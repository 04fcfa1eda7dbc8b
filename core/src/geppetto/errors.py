"""Every error that Geppetto raises on purpose, in one tree.

    GeppettoError                       code, phase, subject, next_step, details, turn
    ├── UsageError                      the call or the configuration is wrong            exit 2
    │   ├── InvalidOption               an option has no such name or value
    │   ├── ConfigError                 a value does not fit its JSON Schema
    │   ├── DecodeError / EncodeError   a turn, block or event cannot be read / written
    │   ├── SessionError                busy, idle, empty or closed
    │   │   └── BlockingCallError       a blocking call where an event loop runs
    │   └── ProfileError                a profile or registry, or what somebody wants of one
    │       ├── ProfileNotFound         no profile or registry of that name
    │       ├── ProfileInvalid          a field of a profile has no good value
    │       ├── VersionConflict         somebody else changed it in the meantime
    │       ├── PolicyViolation         the profile's policy does not allow it
    │       └── ReadOnlyStore           it stands where nothing can be written
    ├── PluginError                     missing, blocked, broken or clashing plugin       exit 3
    │   └── NotFound                    no contribution of that name
    ├── CredentialError                 no usable key, or one that must not be sent there exit 4
    ├── TransportError                  the network or the outbound guard                 exit 1
    ├── ProviderError                   the vendor answered with an error                 exit 1
    │   ├── AuthenticationFailed                                                          exit 4
    │   └── RateLimited                 too many requests, or the quota is used up        exit 5
    ├── EngineError / MiddlewareError / ToolError   code of a plugin failed               exit 1
    └── RunEnded                        the run was ended before its reply was complete
        ├── RunCancelled                                                                  exit 130
        ├── DeadlineExceeded                                                              exit 124
        ├── MaxIterationsReached                                                          exit 1
        └── RunAborted                  the same call failed three times                  exit 1

`code` is stable and upper-case; `exit_code` is what the command line ends with.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.turns import Turn

__all__ = [
    "AuthenticationFailed",
    "BlockingCallError",
    "ConfigError",
    "CredentialError",
    "DeadlineExceeded",
    "DecodeError",
    "EncodeError",
    "EngineError",
    "GeppettoError",
    "InvalidOption",
    "MaxIterationsReached",
    "MiddlewareError",
    "NotFound",
    "PluginError",
    "PolicyViolation",
    "ProfileError",
    "ProfileInvalid",
    "ProfileNotFound",
    "ProviderError",
    "RateLimited",
    "ReadOnlyStore",
    "RunAborted",
    "RunCancelled",
    "RunEnded",
    "SessionError",
    "ToolError",
    "TransportError",
    "UsageError",
    "VersionConflict",
    "nearest",
    "restored",
]

E = TypeVar("E", bound="GeppettoError")


def _known(names: Iterable[str]) -> str:
    found = ", ".join(sorted(names))
    return f"known: {found}" if found else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when nothing is close."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


class GeppettoError(Exception):
    """Base of all errors: what went wrong, where, and what to do next."""

    code: str = "GEPPETTO_ERROR"
    phase: str = "run"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        phase: str | None = None,
        subject: str = "",
        next_step: str = "",
        details: Mapping[str, Any] | None = None,
        turn: Turn | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.phase = phase or type(self).phase
        self.subject = subject
        self.next_step = next_step
        self.details: dict[str, Any] = dict(details or {})
        #: the turn as far as the run got, where an error ended a run
        self.turn = turn

    def __reduce__(self) -> tuple[Any, ...]:
        # the constructors of subclasses take other arguments than the message
        return (restored, (type(self), self.message), self.__dict__)

    def to_json(self) -> dict[str, Any]:
        """Return the shape that `--json` prints under `error`."""
        return {
            "code": self.code,
            "message": self.message,
            "phase": self.phase,
            "subject": self.subject,
            "next_step": self.next_step,
            "details": dict(self.details),
        }


def restored(error_class: type[E], message: str) -> E:
    """Make an error that was pickled or recorded, past its own constructor; its attributes follow."""
    error = error_class.__new__(error_class)
    GeppettoError.__init__(error, message)
    return error


class UsageError(GeppettoError):
    """The call or the configuration is wrong; nothing was started."""

    code, phase, exit_code = "USAGE", "configure", 2


class InvalidOption(UsageError):
    """An option has no such name or cannot take that value."""

    code = "INVALID_OPTION"


class ConfigError(UsageError):
    """A configured value does not fit the JSON Schema it belongs to."""

    code = "SCHEMA_VALIDATION_FAILED"


class DecodeError(UsageError):
    """A turn, block or event cannot be read."""

    code, phase = "DECODE_ERROR", "decode"


class EncodeError(UsageError):
    """A turn, block or event cannot be written as JSON."""

    code, phase = "ENCODE_ERROR", "encode"


class SessionError(UsageError):
    """The session cannot take this call now."""

    code, phase = "SESSION_STATE", "session"


class BlockingCallError(SessionError, RuntimeError):
    """A blocking call was made where an event loop runs, which would wait for itself."""

    code, phase = "BLOCKING_CALL_IN_LOOP", "run"


class ProfileError(UsageError):
    """A profile or registry, or what somebody wants of one, is wrong."""

    code = "PROFILE_ERROR"
    phase = "profile"


class ProfileNotFound(ProfileError):
    """There is no profile or registry of that name; `kind` is `profile` or `registry`."""

    code = "PROFILE_NOT_FOUND"

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), **options: Any) -> None:
        guess = nearest(name, known)
        options.setdefault("next_step", f"did you mean {guess}?" if guess else _known(known))
        options.setdefault("code", f"{kind.upper()}_NOT_FOUND")
        super().__init__(f'{kind} not found: "{name}"', subject=name, **options)
        self.kind = kind


class ProfileInvalid(ProfileError):
    """A field has no good value; `field` is its path, as in `runtime.middlewares[1].name`."""

    code = "PROFILE_INVALID"

    def __init__(self, field: str, reason: str, **options: Any) -> None:
        super().__init__(f"validation error ({field}): {reason}", subject=field, **options)
        self.field, self.reason = field, reason


class VersionConflict(ProfileError):
    """The version that was expected is not the one that is there."""

    code = "VERSION_CONFLICT"

    def __init__(self, kind: str, name: str, expected: int, actual: int, **options: Any) -> None:
        options.setdefault(
            "next_step", "read it again, apply the change to what is there now, and write that"
        )
        details = {"expected": expected, "actual": actual}
        super().__init__(
            f'{kind} "{name}" version conflict: expected={expected} actual={actual}',
            subject=name,
            details=details,
            **options,
        )


class PolicyViolation(ProfileError):
    """The policy of a profile does not allow what was asked."""

    code = "POLICY_VIOLATION"

    def __init__(self, profile: str, reason: str, **options: Any) -> None:
        super().__init__(f'policy violation for profile "{profile}": {reason}', subject=profile, **options)
        self.reason = reason


class ReadOnlyStore(ProfileError):
    """The store of a registry cannot be written."""

    code = "READ_ONLY_STORE"


class PluginError(GeppettoError):
    """A plugin is missing, blocked, broken, or clashes with another."""

    code, phase, exit_code = "PLUGIN_FAILED", "plugins", 3


class NotFound(PluginError):
    """No contribution of that kind and name is installed."""

    code = "NOT_FOUND"

    def __init__(self, kind: str, name: str, installed: Iterable[str], *, next_step: str = "") -> None:
        names = sorted(installed)
        guess = nearest(name, names)
        hint = f" Did you mean {guess}?" if guess else ""
        super().__init__(
            f"no {kind} '{name}'; installed: {', '.join(names) or 'none'}.{hint}",
            code=f"{kind.upper().replace(' ', '_').replace('-', '_')}_NOT_FOUND",
            subject=name,
            next_step=next_step or "geppetto plugins list",
            details={"kind": kind, "installed": names, "nearest": guess},
        )
        self.kind, self.name = kind, name


class CredentialError(GeppettoError):
    """No usable key was found, or the one found must not go to that host."""

    code, phase, exit_code = "CREDENTIALS_MISSING", "credentials", 4


class TransportError(GeppettoError):
    """The network failed, or the outbound guard refused the address."""

    code, phase = "TRANSPORT", "transport"
    retryable: bool = False

    def __init__(self, message: str, *, retryable: bool = False, **about: Any) -> None:
        super().__init__(message, **about)
        self.retryable = retryable


class ProviderError(GeppettoError):
    """The vendor answered with an error; `retryable` says whether the same request may succeed later."""

    code, phase = "PROVIDER_ERROR", "provider"
    status: int | None = None
    retryable: bool = False
    #: seconds the vendor asked to wait
    retry_after: float | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        **about: Any,
    ) -> None:
        super().__init__(message, **about)
        self.status = status
        self.retryable = retryable
        self.retry_after = retry_after


class AuthenticationFailed(ProviderError):
    """The vendor refused the key."""

    code, exit_code = "AUTHENTICATION_FAILED", 4


class RateLimited(ProviderError):
    """Too many requests, or (not retryable) the quota is used up."""

    code, exit_code = "RATE_LIMITED", 5


class EngineError(GeppettoError):
    """An engine raised something of its own, or broke its contract."""

    code, phase = "ENGINE_FAILED", "engine"


class MiddlewareError(GeppettoError):
    """A middleware raised, timed out or returned something that is no turn."""

    code, phase = "MIDDLEWARE_THROW", "middleware"


class ToolError(GeppettoError):
    """A tool is unknown, refused, misused, too slow, or raised."""

    code, phase = "TOOL_FAILED", "tool"


class RunEnded(GeppettoError):
    """The run was ended before its reply was complete; `turn` holds what there is."""

    code = "RUN_ENDED"


class RunCancelled(RunEnded):
    """Somebody cancelled the run."""

    code, exit_code = "RUN_CANCELED", 130


class DeadlineExceeded(RunEnded):
    """The run's deadline passed."""

    code, exit_code = "DEADLINE_EXCEEDED", 124


class MaxIterationsReached(RunEnded):
    """The tool loop hit its cap; the turn keeps the tool results."""

    code = "MAX_ITERATIONS_REACHED"


class RunAborted(RunEnded):
    """The tool loop gave up because the same call kept failing."""

    code = "RUN_ABORTED"
