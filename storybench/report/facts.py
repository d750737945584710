"""Where a choice of a protocol was read."""

from __future__ import annotations

from storybench.protocols.protocol import Protocol


def source_of(rules: Protocol | None, *about: str, dataset: str = "") -> str:
    """Where a protocol's choice about something was read; empty where nowhere.

    The first such fact counts, one that names the dataset before those that name none.

    >>> from storybench.protocols import catalogue
    >>> source_of(catalogue.get("vlc-2021"), "cuts", dataset="flintstonessv")
    'adymaharana/VLCStoryGan@7411240:vlcgan/flintstones_data.py:540'
    """
    facts = () if rules is None else [fact for fact in rules.facts if fact.about in about]
    named = [fact for fact in facts if dataset and dataset in fact.says.lower()]
    return next((fact.source for fact in (*named, *facts)), "")


def repository(rules: Protocol) -> str:
    """The code that a protocol follows, as owner/repository@commit.

    >>> from storybench.protocols import catalogue
    >>> repository(catalogue.get("cmota-2023"))
    'yonseivnl/cmota@781528d'
    """
    return rules.facts[0].source.partition(":")[0]


def notes(rules: Protocol) -> tuple[str, ...]:
    """What else was read in that code, a sentence each.

    >>> from storybench.protocols import catalogue
    >>> len(notes(catalogue.get("storygptv-2024"))), notes(catalogue.get("sb-v1"))
    (2, ())
    """
    found = [fact for fact in rules.facts if fact.about == "note"]
    return tuple(f"Of its code: {fact.says}. ({fact.source})" for fact in found)
