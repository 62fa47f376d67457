"""Limits as people write them, and the models that share one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from mockai import MockaiError, catalogue
from mockai.limits import TIERS, Limits, group, kind, rules


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("rpm=5", Limits(rpm=5)),
        (" tpm=7 , rpm = 5 ", Limits(rpm=5, tpm=7)),
        ("rpm=3,rpd=200,tpm=40000,tpd=90000,ipm=5", Limits(3, 200, 40_000, 90_000, 5)),
        ("tier-1", TIERS["tier-1"]["gpt-5"]),
        ("tier-1,rpm=5", Limits(rpm=5, tpm=500_000)),
        ("rpm=5,tier-1", Limits(rpm=5, tpm=500_000)),
        ("gpt-5*:rpm=10;*:tier-1", Limits(rpm=10)),
        ("gpt-4*:rpm=10; *:tier-1", TIERS["tier-1"]["gpt-5"]),
        ("gpt-4*:rpm=10;free", TIERS["free"]["gpt-5"]),
        ("ft:gpt-5:acme:*:rpm=1;rpm=2", Limits(rpm=2)),
    ],
)
def test_limits_are_read(text: str, read: Limits) -> None:
    rule = next(rule for rule in rules(text) if rule.covers("gpt-5"))
    assert rule.limits("gpt-5") == read


@pytest.mark.parametrize(
    "text",
    ["tier-9", "rpm=0", "rpm=-1", "rpm", "", "rpm=5;", "tier-1,tier-2", "gpt-5:", "rps=1", "a:b:much", "rpm=1.5"],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(MockaiError, match=r"Not a rate limit: .* Give a tier"):
        rules(text)


def test_what_to_write_is_said(golden: Callable[[str, object], None]) -> None:
    with pytest.raises(MockaiError) as wrong:
        rules("gpt-5*=10")
    golden("limits-unread", wrong.value)


@pytest.mark.parametrize(
    ("model", "pattern"),
    [("gpt-4o-2024-08-06", "gpt-4o"), ("gpt-4o-2024-08-06", "gpt-4o-2024*"), ("ft:gpt-4o:acme::1", "gpt-4o")],
)
def test_a_rule_names_a_model_or_its_group(model: str, pattern: str) -> None:
    assert rules(f"{pattern}:rpm=1")[0].covers(model)
    assert not rules(f"{pattern}-mini:rpm=1")[0].covers(model)


@pytest.mark.parametrize(
    ("model", "shared"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4-0613", "gpt-4"),
        ("gpt-5.4-nano", "gpt-5.4-nano"),
        ("davinci-002", "davinci-002"),
        ("ft:gpt-4.1-2025-04-14:acme::abc", "gpt-4.1"),
        ("gpt-image-1-mini", "gpt-image"),
        ("my-deployment", "my-deployment"),
    ],
)
def test_snapshots_share_a_limit(model: str, shared: str) -> None:
    assert group(model) == shared


def test_an_alias_and_its_snapshot_are_of_one_group() -> None:
    apart = {m.id for m in catalogue.models() if m.snapshot and group(m.id) != group(m.snapshot)}
    assert apart == {"gpt-3.5-turbo-instruct", "text-embedding-ada-002", "gpt-5.6"}  # whose snapshots bear no date


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("gpt-4o", "large"),
        ("o3", "large"),
        ("o4-mini", "small"),
        ("gpt-5.4", "gpt-5"),
        ("gpt-5-nano", "small"),
        ("gpt-3.5-turbo", "small"),
        ("gpt-35-turbo", "small"),
        ("davinci-002", "small"),
        ("text-embedding-3-small", "embeddings"),
        ("gpt-image-1-mini", "images"),
        ("whisper-1", "audio"),
        ("gpt-4o-mini-transcribe", "audio"),
        ("tts-1", "audio"),
        ("nobody-knows-it", "large"),
    ],
)
def test_models_are_of_a_kind(model: str, named: str) -> None:
    assert kind(model) == named


def test_every_tier_has_limits_for_every_kind_and_none_has_less_than_the_one_before() -> None:
    for lower, higher in pairwise(TIERS.values()):
        assert lower.keys() == higher.keys()
        for name in lower:
            assert lower[name].rpm <= higher[name].rpm
            if name != "audio":
                assert lower[name].tpm <= higher[name].tpm
