import dataclasses

import pytest

from storybench import registry
from storybench.errors import UnknownNameError
from storybench.protocols import catalogue


def test_sb_v1_is_what_was_released():
    """No line of a released protocol is ever edited: a change is a new name."""
    assert dataclasses.asdict(catalogue.get("sb-v1")) == {
        "name": "sb-v1",
        "summary": "all stories, targets only, against the frames of the build, "
        "clean 299-pixel Inception",
        "frames": "targets",
        "reference": "as-built",
        "counting": "per-slot",
        "extractor": "inception",
        "pixels": "clean299",
        "metrics": ("fid",),
        "metric_ids": ("fid.clean299.targets.v1", "fid_inf.clean299.targets.v1"),
    }


def test_the_projects_own_protocol_is_listed_first():
    """`names()` begins with sb-v1 and has no doubles."""
    assert catalogue.names()[0] == "sb-v1"
    assert len(set(catalogue.names())) == len(catalogue.names())


def test_every_protocol_names_parts_that_are_registered():
    """Metrics and extractors of every protocol can be loaded by name."""
    for name in catalogue.names():
        protocol = catalogue.get(name)
        assert set(protocol.metrics) <= set(registry.names("metrics"))
        assert protocol.extractor in registry.names("extractors")


def test_a_wrong_name_lists_close_matches():
    """A typing mistake is answered with what was probably meant."""
    with pytest.raises(UnknownNameError, match=r"found 'sb_v1'\. Did you mean sb-v1\?"):
        catalogue.get("sb_v1")


def test_a_name_like_no_other_lists_all():
    """Otherwise the known names are listed."""
    with pytest.raises(UnknownNameError, match="Known: sb-v1"):
        catalogue.get("zzz")
