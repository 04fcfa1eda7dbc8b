"""One error of each class of the core, for tests of what carries errors from one place to another."""

from geppetto import errors
from geppetto.errors import (
    GeppettoError,
    NotFound,
    PolicyViolation,
    ProfileInvalid,
    ProfileNotFound,
    VersionConflict,
)

__all__ = ["CLASSES", "sample"]

CLASSES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, GeppettoError)]
#: what the constructors that write their own message take
_ARGUMENTS: dict[type, tuple[object, ...]] = {
    NotFound: ("engine", "gemni", ["gemini"]),
    ProfileNotFound: ("profile", "defualt", ["default"]),
    ProfileInvalid: ("profile.slug", "must not be empty"),
    VersionConflict: ("profile", "default", 2, 3),
    PolicyViolation: ("default", "profile is read-only"),
}


def sample(cls: type[GeppettoError]) -> GeppettoError:
    """Make an error of a class, with all that one can say to its constructor."""
    plain: dict[str, object] = {"code": "MINE", "subject": "x", "details": {"a": [1]}}
    more = {} if cls in _ARGUMENTS else plain
    return cls(*_ARGUMENTS.get(cls, ("it broke",)), next_step="mend it", **more)  # type: ignore[arg-type]  # each its own
