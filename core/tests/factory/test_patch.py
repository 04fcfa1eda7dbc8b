"""A middleware patch edits a chain by name and id, in order, and guesses nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from geppetto.config import Layer, Source
from geppetto.errors import UsageError
from geppetto.factories import middleware_patch
from geppetto.factory import MiddlewarePatch, MiddlewarePatchBuilder, read_patch
from geppetto.factory.patch import OPERATIONS, apply_patch
from geppetto.factory.uses import Use, labels

CHAIN = [Use("logging", "a"), Use("systemPrompt"), Use("logging", "b", enabled=False)]


def _after(patch: Any, chain: list[Use] | None = None) -> list[str]:
    return labels(apply_patch(CHAIN if chain is None else chain, read_patch(patch)))


@pytest.mark.parity(321, 323, 375)
def test_uses_are_added_where_the_patch_says() -> None:
    """First is outermost; before is just outside, after just inside of the target."""
    patch = (
        middleware_patch()
        .append("last", id="z")
        .prepend("first", config={"word": "x"})
        .insert_before("systemPrompt", "outside#1")
        .insert_after("systemPrompt", {"name": "inside"})
        .build()
    )

    found = apply_patch(CHAIN, patch)

    assert labels(found) == [
        "first", "logging#a", "outside#1", "systemPrompt", "inside", "logging#b", "last#z",
    ]  # fmt: skip
    assert found[0].sources == (Source("middleware patch", Layer.REQUEST, {"word": "x"}),)
    assert {use.origin for use in found if use not in CHAIN} == {"middleware patch"}
    assert labels(CHAIN) == ["logging#a", "systemPrompt", "logging#b"]


@pytest.mark.parity(322, 323)
def test_uses_are_configured_replaced_switched_and_taken_out() -> None:
    """Config of a patch stands above what was there; a switched use keeps its place."""
    own = Source("profile", Layer.PROFILE, {"level": "info"})
    chain = [Use("logging", "a", sources=(own,)), Use("systemPrompt"), Use("logging", "b", enabled=False)]

    found = apply_patch(
        chain,
        MiddlewarePatchBuilder()
        .configure("logging#a", {"level": "debug"})
        .disable("logging#a")
        .enable("logging#b")
        .replace("systemPrompt", "other", id="x")
        .build(),
    )
    rest = _after([{"op": "remove", "target": "systemPrompt"}])

    assert [(use.name, use.id, use.enabled) for use in found] == [
        ("logging", "a", False),
        ("other", "x", True),
        ("logging", "b", True),
    ]
    assert [source.values for source in found[0].sources] == [{"level": "info"}, {"level": "debug"}]
    assert found[0].sources[1].layer is Layer.REQUEST
    assert rest == ["logging#a", "logging#b"]


@pytest.mark.parity(375)
def test_operations_are_done_one_after_the_other() -> None:
    """Each sees the chain as those before it left it."""
    patch = (
        middleware_patch()
        .append("x", id="1")
        .insert_before("x#1", "y")
        .remove("x#1")
        .append("x", id="1")
        .build()
    )

    assert _after(patch, []) == ["y", "x#1"]


@pytest.mark.parametrize("target", ["systemPrompt", "system_prompt", "SYSTEM-PROMPT"])
def test_names_are_compared_as_people_write_them(target: str) -> None:
    """Case, `-` and `_` do not count; ids do."""
    assert _after([{"op": "remove", "target": target}]) == ["logging#a", "logging#b"]
    with pytest.raises(UsageError):
        _after([{"op": "remove", "target": "logging#A"}])


def test_uses_without_an_id_are_counted() -> None:
    """`name[1]` is the second use of a name that has no id, `name[0]` the first."""
    chain = [Use("m"), Use("m", "a"), Use("m"), Use("n")]

    assert _after([{"op": "remove", "target": "m[1]"}], chain) == ["m", "m#a", "n"]
    assert _after([{"op": "remove", "target": "m[0]"}], chain) == ["m#a", "m", "n"]
    assert _after([{"op": "remove", "target": "n[0]"}], chain) == ["m", "m#a", "m[1]"]


@pytest.mark.parity(350)
@pytest.mark.parametrize(
    ("target", "candidates", "words"),
    [
        ("logging", ["logging#a", "logging#b"], "means several middlewares: logging#a, logging#b"),
        ("logging#c", ["logging#a", "systemPrompt", "logging#b"], "did you mean logging#"),
        ("loging#a", ["logging#a", "systemPrompt", "logging#b"], "did you mean logging#a"),
        ("systemPrompt[1]", ["logging#a", "systemPrompt", "logging#b"], "did you mean systemPrompt"),
        ("zzz", ["logging#a", "systemPrompt", "logging#b"], "there are: logging#a, systemPrompt, logging#b"),
    ],
)
def test_a_target_that_is_missing_or_ambiguous(target: str, candidates: list[str], words: str) -> None:
    """INVALID_PATCH names the operation, and what could have been meant."""
    with pytest.raises(UsageError, match=r"ops\[1\] \(disable\)") as caught:
        _after([{"op": "enable", "target": "logging#b"}, {"op": "disable", "target": target}])

    assert caught.value.code == "INVALID_PATCH"
    assert caught.value.subject == target
    assert caught.value.details == {"candidates": candidates}
    assert words in str(caught.value)
    assert caught.value.next_step


def test_every_candidate_can_be_used_as_a_target() -> None:
    """What an error offers means one use."""
    chain = [Use("m"), Use("m"), Use("m", "a")]
    with pytest.raises(UsageError) as caught:
        _after([{"op": "remove", "target": "m"}], chain)

    candidates = caught.value.details["candidates"]

    assert candidates == ["m[0]", "m[1]", "m#a"]
    assert [_after([{"op": "remove", "target": each}], chain) for each in candidates] == [
        ["m", "m#a"],
        ["m", "m#a"],
        ["m", "m[1]"],
    ]


def test_no_id_stands_twice() -> None:
    """Neither by adding nor by replacing."""
    for step in (
        {"op": "append", "use": {"name": "Logging", "id": "a"}},
        {"op": "replace", "target": "systemPrompt", "use": {"name": "logging", "id": "b"}},
    ):
        with pytest.raises(UsageError, match="would stand there twice") as caught:
            _after([step])
        assert caught.value.code == "INVALID_PATCH"


@pytest.mark.parity(350, 375)
@pytest.mark.parametrize(
    ("patch", "subject", "words"),
    [
        (3, "ops", "a list of operations"),
        ({"steps": []}, "ops", "an object with `ops`"),
        (["append"], "ops[0]", "expected an object, got str"),
        ([{"op": "apend"}], "ops[0].op", "did you mean append?"),
        ([{"op": "fly"}], "ops[0].op", "known: append, prepend"),
        ([{"target": "x"}], "ops[0].op", "no operation ''"),
        ([{"op": "remove", "target": "x", "use": {}}], "ops[0].use", "there is no 'use'"),
        ([{"op": "remove", "target": "x"}, {"op": "enable"}], "ops[1] (enable).target", "target is the name#id"),
        ([{"op": "enable", "target": " "}], "ops[0] (enable).target", "target is the name#id"),
        ([{"op": "configure", "target": "x"}], "ops[0] (configure).config", "config is an object"),
        ([{"op": "configure", "target": "x", "config": []}], "ops[0] (configure).config", "config is an object"),
        ([{"op": "append"}], "ops[0] (append).use", "use is an object with a name"),
        ([{"op": "append", "use": "x"}], "ops[0] (append).use", "use is an object with a name"),
        ([{"op": "append", "use": {"id": "x"}}], "ops[0] (append).use", "use is an object with a name"),
        ([{"op": "append", "use": {"name": "x", "cfg": {}}}], "ops[0] (append).use.cfg", "no 'cfg'; known: name"),
        ([{"op": "append", "use": {"name": "x", "config": 1}}], "ops[0] (append).use.config", "is an object"),
        ([{"op": "append", "use": {"name": "x", "id": 1}}], "ops[0] (append).use.id", "is a text"),
        ([{"op": "append", "use": {"name": "x", "enabled": "no"}}], "ops[0] (append).use.enabled", "true or false"),
    ],
)  # fmt: skip
def test_a_patch_that_is_none(patch: Any, subject: str, words: str) -> None:
    """INVALID_PATCH names the place in the patch."""
    with pytest.raises(UsageError) as caught:
        read_patch(patch)

    assert (caught.value.code, caught.value.subject) == ("INVALID_PATCH", subject)
    assert words in str(caught.value)


@pytest.mark.parametrize(("use", "more"), [(3, {}), (None, {}), ({"name": "x", "id": "a"}, {"id": "b"})])
def test_the_builder_refuses_what_is_no_use(use: Any, more: dict[str, Any]) -> None:
    """As an error of ours: a use is a name or an object, and says its id once."""
    with pytest.raises(UsageError) as caught:
        MiddlewarePatchBuilder().append(use, **more)

    assert caught.value.code == "INVALID_PATCH"


def test_an_object_takes_id_and_config_beside_it() -> None:
    """What is said beside a use that is given as an object counts."""
    patch = middleware_patch().append({"name": "x"}, id="a", config={"n": 1}).build()

    assert patch.to_json()["ops"] == [{"op": "append", "use": {"name": "x", "id": "a", "config": {"n": 1}}}]


@pytest.mark.parity(318, 321)
def test_a_patch_is_given_in_any_of_its_forms() -> None:
    """An object, a builder, a function of a builder, JSON with or without `ops`, nothing."""
    wanted = [{"op": "append", "use": {"name": "x"}}]

    for given in (
        middleware_patch().append("x").build(),
        middleware_patch().append("x"),
        lambda builder: builder.append("x"),
        lambda builder: builder.append("x").build(),
        {"ops": wanted},
        wanted,
        tuple(wanted),
    ):
        assert read_patch(given).to_json() == {"ops": wanted}
    assert read_patch(None) == MiddlewarePatch()


def test_names_of_javascript_are_read() -> None:
    """`insertBefore` and `insertAfter` are the same operations."""
    given = [
        {"op": "insertBefore", "target": "x", "use": {"name": "a"}},
        {"op": "insertAfter", "target": "x", "use": {"name": "b"}},
    ]

    assert _after(given, [Use("x")]) == ["a", "x", "b"]


def test_a_patch_survives_a_file(tmp_path: Path) -> None:
    """Every operation is written as JSON and read back as the same patch."""
    builder = middleware_patch().append("a", id="1", config={"k": [1]}).prepend("b").insert_before("a#1", "c")
    builder.insert_after("c", "d").configure("a#1", {"k": None}).replace("d", "e").disable("b").enable("b")
    patch = builder.remove("e").build()
    file = tmp_path / "patch.json"
    file.write_text(json.dumps(patch.to_json()))

    found = read_patch(json.loads(file.read_text()))

    assert found == patch
    assert {step.op for step in found.steps} == set(OPERATIONS)
    assert _after(found, []) == ["b", "c", "a#1"]


def test_what_a_patch_file_brings_is_known_to_be_from_there() -> None:
    """Relative paths of files count from its folder, as in profiles."""
    patch = middleware_patch().append("a", config={"k": 1}).configure("a", {"k": 2}).build()

    (use,) = apply_patch([], replace(patch, file="/srv/patch.yaml"))

    assert [(source.file, dict(source.values)) for source in use.sources] == [
        ("/srv/patch.yaml", {"k": 1}),
        ("/srv/patch.yaml", {"k": 2}),
    ]


def test_what_was_built_does_not_change_any_more() -> None:
    """The builder goes on to be usable, and a config that the caller edits later is not the patch's."""
    config: dict[str, Any] = {"n": 1, "deep": {"k": [1]}}
    builder = middleware_patch().append("x", config=config)
    first = builder.build()
    read = read_patch([{"op": "configure", "target": "x", "config": config}])

    builder.append("y")
    config["n"] = 2
    config["deep"]["k"].append(2)

    assert first.to_json() == {
        "ops": [{"op": "append", "use": {"name": "x", "config": {"n": 1, "deep": {"k": [1]}}}}]
    }
    assert read.steps[0].config == {"n": 1, "deep": {"k": [1]}}
    assert len(builder.build().steps) == 2
