"""Which metrics run beside those of a protocol."""

from __future__ import annotations

import numpy as np
import pytest

from storybench import registry
from storybench.errors import UnknownNameError
from storybench.evaluate.chosen import beside, estimates
from storybench.metrics.evidence import Evidence, Slots
from storybench.metrics.features import FeatureTable
from storybench.metrics.metric import Absent
from storybench.metrics.twin import load
from storybench.protocols import catalogue

SB_V1 = catalogue.get("sb-v1")


def test_all_is_every_metric_that_the_protocol_has_not():
    """Each once, the protocol's left out."""
    found = beside(SB_V1, ["all"])
    assert {*found, *SB_V1.metrics} == set(registry.names("metrics"))
    assert not set(found) & set(SB_V1.metrics)
    assert {"consistency", "copying", "coverage", "story-fd"} <= set(found)
    assert beside(SB_V1) == ()


def test_an_unknown_name_is_told_at_once():
    """Before a picture is read."""
    with pytest.raises(UnknownNameError, match="Did you mean copying"):
        beside(SB_V1, ["copyign"])


def test_a_missing_file_is_told_without_a_folder_of_this_machine(monkeypatch, tmp_path):
    """A report is the same wherever it is made."""
    monkeypatch.setenv("STORYBENCH_HOME", str(tmp_path))
    table = FeatureTable(np.eye(2, dtype=np.float32), np.arange(2), ("a", "b"))
    (found,) = estimates(("clip-fd",), Evidence.of(table, table, [0, 1], extractor=load(None)))
    assert isinstance(found, Absent)
    assert "$STORYBENCH_HOME/weights/" in found.reason
    assert str(tmp_path) not in found.reason


def test_metrics_of_whole_stories_are_absent_where_a_protocol_cuts_one():
    """A last batch that ends inside a story leaves no whole story to compare."""
    table = FeatureTable(np.eye(3, dtype=np.float32), np.arange(3), ("a", "b", "c"))
    slots = Slots(
        stories=("one", "two"),
        clusters=("e", "f"),
        story=np.array([0, 0, 1]),
        k=np.array([1, 2, 1]),
        groups=np.array([0, 0, 1]),
        captions=("", "", ""),
    )
    evidence = Evidence.of(table, table, [0, 0, 1], extractor=load(None), slots=slots)
    found = estimates(("consistency", "story-fd"), evidence)
    assert all(isinstance(one, Absent) and "whole stories" in one.reason for one in found)
    assert [one.metric for one in found] == ["consistency", "story-fd"]
