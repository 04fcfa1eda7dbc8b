"""What one `require("geppetto")` holds: the host, the objects that scripts refer to, counters, policy and audit."""

from __future__ import annotations

import itertools
import time
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from geppetto.errors import InvalidOption, ProfileError, UsageError
from geppetto.profile.stores import YamlStore
from geppetto.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geppetto import Host, RunHandle, ToolRegistry, Turn
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.store import Store


__all__ = ["ApiOptions", "ApiState", "JsPolicy"]

T = TypeVar("T")
_AUDITED = 1000


@dataclass(slots=True, frozen=True)
class JsPolicy:
    """What scripts may do (003 §20, §36, §38, §54.8). None means without limit.

    `js_tools` lets scripts define tools, `direct_calls` lets them call tools themselves; `max_host_calls` ends a script
    that calls the host more often; `max_middlewares` is how many one list may have, so that a loop that adds one for
    every request is noticed; `plugins` are the names that scripts may register.
    """

    js_tools: bool = True
    direct_calls: bool = True
    max_host_calls: int | None = None
    max_middlewares: int | None = 64
    plugins: frozenset[str] | None = None


@dataclass(slots=True, frozen=True)
class ApiOptions:
    """What an application gives to the module besides the host: tools of its own, sinks, hooks, policy."""

    tools: ToolRegistry | None = None
    sinks: Sequence[Callable[[Any], object]] = ()
    snapshot_hook: Callable[[str, Turn], object] | None = None
    persister: Callable[[Turn], Any] | None = None
    middlewares: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    policy: JsPolicy = field(default_factory=JsPolicy)


@dataclass(slots=True)
class Counters:
    """How often the border was crossed (003 §48), and what the last run and the worst one cost."""

    scalar: int = 0
    object: int = 0
    decodes: int = 0
    encodes: int = 0
    middleware: int = 0
    dropped_events: int = 0
    last_run: int = 0
    worst_run: int = 0
    layers: int = 0

    @property
    def crossings(self) -> int:
        """All crossings with an object, both ways."""
        return self.object + self.decodes + self.encodes


class ApiState:
    """One module instance's own things; everything else is the host's."""

    def __init__(self, host: Host, options: ApiOptions | None = None, reach: Reach | None = None) -> None:
        self.host = host
        self.reach = reach or Reach()
        #: the host for what scripts say themselves
        self.bounded = host.bounded(self.reach)
        self.options = options or ApiOptions()
        self.counters = Counters()
        self.audit: deque[dict[str, Any]] = deque(maxlen=_AUDITED)
        self.stack: ProfileChain | None = None
        #: the runs that scripts have started; they end with the module
        self.runs: weakref.WeakSet[RunHandle] = weakref.WeakSet()
        self._objects: dict[int, Any] = {}
        self._ids = itertools.count(1)
        self._calls = 0

    @property
    def chain(self) -> ProfileChain:
        """The profile registries: those that the script connected, else the host's."""
        return self.stack or self.host.profiles

    def host_for(self, *said: Any) -> Host:
        """Return the host that builds a profile: bounded where a script has its hand in it, by registries or by words."""
        return self.bounded if self.stack is not None or any(said) else self.host

    def need_registry(self, what: str, *, new: bool = False) -> None:
        """Raise ProfileError where there is no registry at all; a `new` one needs a store to stand in."""
        stores = self.chain.stores
        if not (stores if new else any(map(_is_configured, stores))):
            raise ProfileError(
                f"{what} requires a configured profile registry",
                code="PROFILE_REGISTRY_NOT_CONFIGURED",
                subject=what,
                next_step="--profile-registries FILE,..., or gp.profiles.connectStack([...])",
            )

    def connect(self, chain: ProfileChain | None) -> None:
        """Let other registries stand for the host's; those that stood before are closed."""
        before, self.stack = self.stack, chain
        if before is not None:
            before.close()

    def close(self) -> None:
        """Cancel the runs of the scripts, and close the registries that they connected."""
        for handle in list(self.runs):
            handle.cancel("outer")
        self.connect(None)

    def keep(self, thing: Any) -> int:
        """Keep an object for a script and return its number."""
        number = next(self._ids)
        self._objects[number] = thing
        return number

    def find(self, number: Any, kind: type[T]) -> T:
        """Return the object of a number; raise InvalidOption for one that is gone or of another kind."""
        found = self._objects.get(number)
        if not isinstance(found, kind):
            raise InvalidOption(f"expected {kind.__name__} reference, got {type(found).__name__}")
        return found

    def peek(self, number: int) -> Any:
        """Return the object of a number, None for one that is gone."""
        return self._objects.get(number)

    def release(self, number: int) -> None:
        """Forget an object that no script refers to any more."""
        self._objects.pop(number, None)

    def count_call(self, values: Sequence[Any]) -> None:
        """Count a call of the host; raise UsageError where the quota is used up."""
        if any(isinstance(value, (dict, list)) for value in values):
            self.counters.object += 1
        else:
            self.counters.scalar += 1
        self._calls += 1
        limit = self.options.policy.max_host_calls
        if limit is not None and self._calls > limit:
            raise denied(f"the script called the host more than {limit} times", "host calls")

    def note(self, what: str, name: str) -> None:
        """Write a registration down."""
        self.audit.append({"what": what, "name": name, "timestampMs": int(time.time() * 1000)})


def _is_configured(store: Store) -> bool:
    """Say whether somebody wants this store: the user's own file is always there, an empty database was named."""
    return bool(store.registries()) or not isinstance(store, YamlStore)


def denied(message: str, subject: str) -> UsageError:
    """Return the error for what the policy does not allow."""
    return UsageError(
        message, code="JS_POLICY_DENIED", subject=subject, next_step="the application decides: see JsPolicy"
    )
