import pytest
from geppetto_provider_gemini.address import endpoint, file_uri, versioned

BASE = "https://generativelanguage.googleapis.com/v1beta"


@pytest.mark.parametrize(
    ("base", "version", "found"),
    [
        (BASE, None, BASE),
        (f"{BASE}/", None, BASE),
        (BASE, "v1alpha", BASE.replace("v1beta", "v1alpha")),
        ("https://generativelanguage.googleapis.com", None, BASE),
        ("https://generativelanguage.googleapis.com/", "v1", BASE.replace("v1beta", "v1")),
        ("https://proxy.example/google?tenant=a", None, "https://proxy.example/google/v1beta?tenant=a"),
        ("https://a.example/v1beta1/projects/p/publishers/google", None,
         "https://a.example/v1beta1/projects/p/publishers/google"),
    ],
)  # fmt: skip
def test_a_base_has_a_version(base: str, version: str | None, found: str) -> None:
    """The version that is wanted stands in the path, else the one that is there, else the default."""
    assert versioned(base, version) == found


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-3-flash", "/models/gemini-3-flash"),
        ("models/gemini-3-flash", "/models/gemini-3-flash"),
        ("tunedModels/my-model", "/tunedModels/my-model"),
        ("a/b:c?d#e ü", "/models/a%2Fb%3Ac%3Fd%23e%20%C3%BC"),
    ],
)
def test_models_with_and_without_their_collection(model: str, path: str) -> None:
    """The collection may be written or not; a name never breaks out of its place."""
    assert endpoint(BASE, model, stream=False) == f"{BASE}{path}:generateContent"


def test_streams_are_asked_for_as_events() -> None:
    """Without `alt=sse` the vendor streams one JSON array; the base's own query stays."""
    assert endpoint(BASE, "m", stream=True) == f"{BASE}/models/m:streamGenerateContent?alt=sse"
    assert endpoint(f"{BASE}?a=b", "m", stream=True) == f"{BASE}/models/m:streamGenerateContent?a=b&alt=sse"


def test_uploaded_files_have_an_address() -> None:
    """A file's name becomes its address; an address stays."""
    assert file_uri(f"{BASE}?a=b", "files/x") == f"{BASE}/files/x"
    assert file_uri(BASE, "gs://bucket/x") == "gs://bucket/x"
