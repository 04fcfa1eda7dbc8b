"""Keys in the system's keyring, by the library `keyring`: whatever goes wrong there is one error with a next step."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from geppetto.errors import CredentialError
from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forget_key", "read_key", "store_key"]

#: under which service keyrings have our keys; the user is the key's name
_SERVICE = "geppetto"


def read_key(name: str) -> Secret:
    """Return the key that the keyring has; raise CredentialError when it has none, or cannot be asked."""
    found = _asked(name, lambda ring: ring.get_password(_SERVICE, name))
    key = found.strip() if isinstance(found, str) else ""
    if not key:
        raise CredentialError(
            f"the key file says that the keyring has the key {name}, and it has none",
            code="KEY_NOT_IN_KEYRING",
            subject=name,
            next_step=f"geppetto keys set {name} --keyring, or geppetto keys remove {name}",
        )
    return Secret(key)


def store_key(name: str, key: Secret) -> None:
    """Put a key into the keyring, in place of one that is there; raise CredentialError when that fails."""

    def store(ring: Any) -> None:
        ring.set_password(_SERVICE, name, key.reveal())
        if ring.get_password(_SERVICE, name) != key.reveal():
            msg = f"{ring.get_keyring().name} does not keep it"  # as one does that is turned off
            raise LookupError(msg)

    _asked(name, store, key)


def forget_key(name: str) -> None:
    """Take a key out of the keyring, if it has it; raise CredentialError when that fails."""

    def forget(ring: Any) -> None:
        if ring.get_password(_SERVICE, name) is not None:
            ring.delete_password(_SERVICE, name)

    _asked(name, forget)


def _asked(name: str, ask: Callable[[Any], Any], key: Secret | None = None) -> Any:
    """Ask the keyring; no error of ours refers to one of the library's, whose frames may hold the key."""
    if importlib.util.find_spec("keyring") is None:
        raise CredentialError(
            f"the key {name} is to be in the system's keyring, and the library for it is not installed",
            code="KEYRING_NOT_INSTALLED",
            subject=name,
            next_step="pip install 'geppetto[keyring]'",
        )
    try:
        import keyring

        return ask(keyring)
    except Exception as error:  # backends are strangers, and so may be the one that a variable names
        kind, reason = type(error).__name__, str(error)
    if kind == "NoKeyringError":
        raise _no_keyring(name)
    if key:
        reason = reason.replace(key.reveal(), "***")
    raise CredentialError(
        f"the keyring cannot be used for the key {name}: {kind}: {reason}",
        code="KEYRING_FAILED",
        subject=name,
        next_step=f"unlock the keyring and try again, or store the key in the key file: geppetto keys set {name}",
    )


def _no_keyring(name: str) -> CredentialError:
    return CredentialError(
        f"this machine has no keyring for the key {name}, as is usual without a desktop",
        code="KEYRING_MISSING",
        subject=name,
        next_step=(
            f"store the key in the key file: geppetto keys set {name}; "
            "or name a backend of the library in PYTHON_KEYRING_BACKEND"
        ),
    )
