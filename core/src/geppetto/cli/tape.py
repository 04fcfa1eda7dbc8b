"""What `run --record`, `--record-http` and `--replay` put around a run: a tape that records, replays or does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import click

from geppetto.cli.streams import aside
from geppetto.cli.turnfile import check_target
from geppetto.host import Host

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.cli.shell import Shell
    from geppetto.inference import Session

__all__ = ["Tape", "open_tape"]


class Tape:
    """No recording: the host and the session as they are."""

    def host(self, shell: Shell, *, allow_local: bool, caches: bool) -> Host:
        """Make the run's host; what is recorded or replayed is what the engine says, never what a cache kept."""
        return Host(registry=shell.registry(), env=shell.env, allow_local=allow_local, caches=caches)

    def options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options of the session."""
        return options

    def session(self, session: Session) -> Session:
        """Return the session to run."""
        return session

    def check(self) -> None:
        """Say what is wrong after a run that ended well."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        """Keep what was recorded, however the run ended."""


class _Recording(Tape):
    """Write a cassette of one of the two levels."""

    def __init__(self, path: Path, *, http: bool) -> None:
        from geppetto.recording import Cassette, Level

        self._path, self._http = path, http
        self._cassette = Cassette(Level.HTTP if http else Level.TURN)
        self._sources: list[Any] = []

    def host(self, shell: Shell, *, allow_local: bool, caches: bool) -> Host:  # noqa: ARG002  # see there
        from geppetto.credentials import CredentialStore
        from geppetto.plugins.paths import paths
        from geppetto.recording import RecordingTransport, SeenCredentials
        from geppetto.transport.deferred import LazyTransport

        keys = SeenCredentials(CredentialStore(paths(shell.env), shell.env))
        transport = (
            RecordingTransport(LazyTransport(allow_local=allow_local), self._cassette) if self._http else None
        )
        self._sources = [keys, *([transport] if transport else [])]
        return Host(
            registry=shell.registry(),
            env=shell.env,
            allow_local=allow_local,
            credentials=keys,
            transport=transport,
            caches=False,
        )

    def session(self, session: Session) -> Session:
        from geppetto.recording import RecordingEngine

        self._cassette.engine = session.spec.engine_name
        if not self._http:
            session.spec = session.spec.changed(engine=RecordingEngine(session.spec.engine, self._cassette))
        return session

    def __exit__(self, *_exc: object) -> None:
        if not self._cassette.interactions:
            # an empty file would replace a good one, or stand in the way of the next try
            aside(f"note: nothing was recorded, and {self._path} not written")
            return
        secrets = {secret for source in self._sources for secret in source.secrets}
        self._cassette.write(self._path, secrets)


class _Replaying(Tape):
    """Run from a cassette; what was not asked for is an error."""

    def __init__(self, path: Path) -> None:
        from geppetto.recording import Cassette, Level

        self._cassette = Cassette.read(path)
        self._http = self._cassette.level is Level.HTTP
        self._source: Any = None
        self._engine = self._cassette.engine

    def host(self, shell: Shell, *, allow_local: bool, caches: bool) -> Host:  # noqa: ARG002  # nothing is dialled
        from geppetto.recording import ReplayCredentials, ReplayTransport
        from geppetto.recording.cassette import Cassette

        transport = ReplayTransport(self._cassette if self._http else Cassette(self._cassette.level))
        if self._http:
            self._source = transport
        return Host(
            registry=shell.registry(),
            env=shell.env,
            transport=transport,
            credentials=ReplayCredentials(),
            caches=False,
        )

    def options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Use the recorded engine unless another one is named; replaying turns needs no engine at all."""
        engine = options["engine"]
        if engine is None:
            engine = self._cassette.engine or "demo"
        self._engine = engine
        return (
            {**options, "engine": engine} if self._http or engine == "demo" else self._without_engine(options)
        )

    def _without_engine(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "engine": None, "model": None, "base_url": None, "engineless": True}

    def session(self, session: Session) -> Session:
        from geppetto.recording import ReplayEngine

        if not self._http:
            self._source = ReplayEngine(self._cassette)
            session.spec = session.spec.changed(engine=self._source, engine_name=self._engine)
        return session

    def check(self) -> None:
        self._source.check_all_used()


def open_tape(record: Path | None, record_http: Path | None, replay: Path | None, *, overwrite: bool) -> Tape:
    """Read the options; raise UsageError for two at once or a file that would be lost, InvalidOption for one that cannot be."""
    given = [path for path in (record, record_http, replay) if path is not None]
    if len(given) > 1:
        raise click.UsageError("--record, --record-http and --replay exclude each other")
    if replay is not None:
        return _Replaying(replay)
    target = record or record_http
    if target is None:
        return Tape()
    if target.exists() and not overwrite:
        raise click.UsageError(f"{target} exists: choose another file, or add --overwrite")
    check_target(target)
    return _Recording(target, http=record is None)
