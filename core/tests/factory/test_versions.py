"""Who supplies the parts of a run is told, and is a part of its fingerprint."""

from __future__ import annotations

from collections.abc import Callable

from geppetto import ExtensionCodec, Host, MiddlewareDefinition, __version__
from geppetto.factory.versions import supplier, versions
from geppetto.plugins import Kind

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]
TEXT = "slug: r\nprofiles: {default: {runtime: {step_settings_patch: {engine: {name: echo}}, middlewares: [{name: logging}]}}}"


def test_each_part_has_a_supplier(hosted: Hosted, middleware: Make) -> None:
    """A package with its version, code of the application, or nobody."""
    codec = ExtensionCodec("a.b@v1", {})
    host = hosted(middleware_definitions=[middleware("m")], extension_codecs=[codec])

    found = versions(
        host.offered, engine="echo", middlewares=["m", "gone"], tools=["clock"], codecs=["a.b@v1", "x@v1"]
    )

    assert found == {
        "engine echo": f"geppetto {__version__}",
        "middleware m": "(code)",
        "middleware gone": "missing",
        "tool clock": f"geppetto {__version__}",
        "codec a.b@v1": "(code)",
        "core": f"geppetto {__version__}",
    }
    assert supplier(host.offered, Kind.ENGINE, "nobody") == "missing"


def test_another_supplier_is_another_fingerprint(hosted: Hosted, middleware: Make) -> None:
    """Of the resolved profile and of the plan."""
    plain, own = hosted(TEXT), hosted(TEXT, middleware_definitions=[middleware("logging")])

    assert plain.resolve_profile().fingerprint == hosted(TEXT).resolve_profile().fingerprint
    assert plain.resolve_profile().fingerprint != own.resolve_profile().fingerprint
    plans = [host.create_engine_factory().plan() for host in (plain, own)]
    assert plans[0].runtime_fingerprint != plans[1].runtime_fingerprint
