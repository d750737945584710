import dataclasses
import re
from pathlib import Path

import pytest

from storybench import protocols, registry
from storybench.errors import UnknownNameError
from storybench.metrics import paper_pixels
from storybench.metrics.classifier.official import FEEDS
from storybench.metrics.confusion import AVERAGES
from storybench.protocols import catalogue
from storybench.protocols.protocol import Cut, Protocol

README = Path(protocols.__file__).with_name("README.md")
LEGACY = [protocol for protocol in catalogue.PROTOCOLS if protocol.name != "sb-v1"]
PLACE = r"[\w.-]+/[\w.-]+@[0-9a-f]{7}:[\w./-]+(:\d+(-\d+)?(,\d+(-\d+)?)*)?"


def named(protocols):
    """Test ids."""
    return pytest.mark.parametrize("protocol", protocols, ids=lambda protocol: protocol.name)


def test_sb_v1_is_what_was_released():
    """No line of a released protocol is ever edited: a change is a new name."""
    rules = dataclasses.asdict(catalogue.get("sb-v1"))
    del rules["facts"], rules["summary"], rules["citation"]
    assert rules == {
        "name": "sb-v1",
        "frames": "targets",
        "n_frames": None,
        "frames_id": "targets",
        "reference": "middle",
        "seed": 0,
        "counting": "per-slot",
        "extractor": "inception",
        "pixels": "clean299",
        "reference_pixels": None,
        "metrics": ("fid", "kid", "characters", "clip"),
        "metric_ids": (
            "fid.clean299.{frames}.v1",
            "fid_inf.clean299.{frames}.v1",
            "kid.clean299.{frames}.v1",
        ),
        "averaging": ("micro", "macro", "weighted"),
        "classifier_pixels": (),
        "datasets": (),
        "cuts": (),
        "blocks": False,
        "batch": None,
        "task": "continuation",
        "flags": (),
    }


def test_the_projects_own_protocol_is_listed_first():
    """`names()` begins with sb-v1 and has no doubles."""
    assert catalogue.names()[0] == "sb-v1"
    assert len(set(catalogue.names())) == len(catalogue.names()) == 9


@named(catalogue.PROTOCOLS)
def test_every_protocol_names_parts_that_are_there(protocol: Protocol):
    """Metrics, extractor and pixel paths of every protocol can be had by name."""
    assert set(protocol.metrics) <= set(registry.names("metrics"))
    assert protocol.extractor in registry.names("extractors")
    for name in {protocol.pixels, protocol.reference_pixels or protocol.pixels}:
        assert paper_pixels.path(name).side == 299


@named(catalogue.PROTOCOLS)
def test_every_metric_id_names_the_path_and_the_frames(protocol: Protocol):
    """Two protocols whose ids agree score the same frames through the same pixels."""
    for name in protocol.ids(4):
        metric, path, frames, version = name.split(".")
        assert metric in ("fid", "fid_inf", "kid")
        assert (path, frames, version) == (protocol.pixels, protocol.frames_name(4), "v1")


@named(catalogue.PROTOCOLS)
def test_every_average_of_a_protocol_is_a_number_that_we_have(protocol: Protocol):
    """And where a paper's code prints one, the character family is scored."""
    assert set(protocol.averaging) <= set(AVERAGES)
    assert not protocol.averaging or "characters" in protocol.metrics


def test_the_readme_says_of_every_protocol_what_its_data_say():
    """A row each, in order: task, frames of four targets, real frame, pixels, averages, feed."""
    lines = README.read_text("utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    assert [row[0].strip("`") for row in rows] == list(catalogue.names())
    for row, rules in zip(rows, catalogue.PROTOCOLS, strict=True):
        sides = dict.fromkeys((rules.pixels, rules.reference_pixels or rules.pixels))
        assert row[1] == rules.task
        assert ("all" in row[2]) == (not rules.cuts and not rules.blocks)
        assert all(f"{cut.first:,}" in row[2] for cut in rules.cuts)
        assert ("dropped" in row[2]) == (rules.batch is not None)
        assert row[3:5] == [f"`{rules.frames_name(4)}`", rules.reference]
        assert row[5:7] == [", ".join(sides), ", ".join(rules.averaging) or "none"]
        fed = {one.path for one in rules.classifier_pixels} or {"as trained"}
        assert {part.split(": ")[-1] for part in row[7].split(", ")} == fed


@named(LEGACY)
def test_every_choice_of_a_paper_has_the_place_it_was_read_from(protocol: Protocol):
    """File and line at a commit, for stories, frames, reference, pixels, network and averages."""
    told = {fact.about for fact in protocol.facts}
    assert {"frames", "reference", "pixels", "extractor", "averaging"} <= told
    assert ("blocks" if protocol.blocks else "cuts") in told
    assert ("batch" if protocol.batch else "loader") in told or protocol.batch is not None
    assert (protocol.reference_pixels is not None) == ("reference_pixels" in told)
    for fact in protocol.facts:
        assert re.fullmatch(PLACE, fact.source), fact
    assert protocol.citation


@named(catalogue.PROTOCOLS)
def test_every_fact_is_about_something(protocol: Protocol):
    """A field of the protocol, its loader, or a note."""
    fields = {field.name for field in dataclasses.fields(Protocol)}
    assert {fact.about for fact in protocol.facts} <= fields | {"loader", "note"}


@named(catalogue.PROTOCOLS)
def test_a_classifier_is_fed_by_a_path_that_is_there(protocol: Protocol):
    """Of the protocol's own datasets, by a known feed, with the place it was read from."""
    known = {feed.pixels.name for feed in FEEDS[1:]}
    for one in protocol.classifier_pixels:
        assert one.dataset in protocol.datasets
        assert one.path in known
    if protocol.classifier_pixels:
        assert "classifier_pixels" in {fact.about for fact in protocol.facts}


@pytest.mark.parametrize(
    ("name", "dataset", "path"),
    [
        ("sb-v1", "pororosv", None),
        ("storydalle-2022", "flintstonessv", "classifier299-nostep"),
        ("duco-2021", "pororosv", "classifier299-raw"),
        ("duco-2021", "pororosv-twin", "classifier299-raw"),
        ("vlc-2021", "pororosv", "classifier299-raw"),
        ("vlc-2021", "flintstonessv", "classifier299-nostep"),
        ("storygptv-2024", "flintstonessv", None),
    ],
)
def test_published_classifiers_are_fed_as_the_papers_fed_them(name, dataset, path):
    """Without the normalisation on PororoSV until 2021, always without the network's own step."""
    assert catalogue.get(name).classifier_path(dataset) == path


@named(catalogue.PROTOCOLS)
def test_a_random_reference_and_unequal_sides_are_flagged(protocol: Protocol):
    """What must be known beside a number goes to every score."""
    assert ("random_reference" in protocol.flags) == (protocol.reference == "random")
    assert ("asymmetric_sides" in protocol.flags) == (protocol.reference_pixels is not None)


@pytest.mark.parametrize(
    ("name", "dataset", "split", "cut"),
    [
        ("storydalle-2022", "flintstonessv", "test", Cut("flintstonessv", "test", 1900, "file")),
        (
            "storydalle-2022",
            "flintstonessv-twin",
            "test",
            Cut("flintstonessv", "test", 1900, "file"),
        ),
        ("storydalle-2022", "pororosv", "test", None),
        ("storydalle-2022", "flintstonessv", "val", None),
        ("duco-2021", "pororosv", "val", Cut("pororosv", "val", 2304, "file")),
        ("vlc-2021", "flintstonessv", "val", Cut("flintstonessv", "val", 2060, "file")),
        ("vlc-2021", "flintstonessv", "test", Cut("flintstonessv", "test", 2304, "file")),
        ("make-a-story-2023", "pororosv", "test", Cut("pororosv", "test", 1000)),
        ("sb-v1", "flintstonessv", "test", None),
    ],
)
def test_splits_are_cut_where_the_papers_cut_them(name, dataset, split, cut):
    """1,900 of 2,309 and the like; the toy world counts as the dataset it stands for."""
    assert catalogue.get(name).cut(dataset, split) == cut


@pytest.mark.parametrize(
    ("name", "n_targets", "numbers", "frames"),
    [
        ("sb-v1", 4, (1, 2, 3, 4), "targets"),
        ("storydalle-2022", 4, (1, 2, 3, 4), "targets4"),
        ("storydalle-2022", 2, (1, 2), "targets2"),
        ("duco-2021", 4, (0, 1, 2, 3, 4), "all5"),
        ("vlc-2021", 4, (0, 1, 2, 3, 4), "all5"),
        ("arldm-2022", 4, (1, 2, 3, 4), "targets4"),
        ("arldm-2022-visualization", 4, (0, 1, 2, 3, 4), "all5"),
        ("make-a-story-2023", 4, (0, 1, 2, 3), "first4"),
        ("cmota-2023", 4, (0, 1, 2, 3, 4), "all5"),
        ("storygptv-2024", 4, (1, 2, 3, 4), "blocks4"),
    ],
)
def test_frames_are_those_that_the_papers_score(name, n_targets, numbers, frames):
    """The source in or out, always explicit, and named in the id."""
    protocol = catalogue.get(name)
    assert protocol.numbers(n_targets) == numbers
    assert protocol.frames_name(n_targets) == frames


def test_the_two_tasks_of_arldm_differ_in_their_frames_alone():
    """One program scores both; the ids of their distances are those of other papers' frames."""
    first, second = catalogue.get("arldm-2022"), catalogue.get("arldm-2022-visualization")
    own = ("name", "summary", "frames", "frames_id", "task")
    changed = {name: getattr(second, name) for name in own}
    assert dataclasses.replace(first, **changed) == second
    assert (first.task, second.task) == ("continuation", "visualization")
    assert first.ids(4)[0] == catalogue.get("storydalle-2022").ids(4)[0]
    assert second.ids(4)[0] == catalogue.get("duco-2021").ids(4)[0] == "fid.story64.all5.v1"


def test_protocols_fit_the_datasets_they_were_made_for():
    """The project's own fits any; the toy world counts as the dataset it stands for."""
    assert [protocol.name for protocol in catalogue.fitting("mine")] == ["sb-v1"]
    assert len(catalogue.fitting("pororosv-twin")) == 9
    assert [protocol.name for protocol in catalogue.fitting("didemosv")] == [
        "sb-v1",
        "storydalle-2022",
    ]


def test_a_wrong_name_lists_close_matches():
    """A typing mistake is answered with what was probably meant."""
    with pytest.raises(UnknownNameError, match=r"found 'sb_v1'\. Did you mean sb-v1\?"):
        catalogue.get("sb_v1")


def test_a_name_like_no_other_lists_all():
    """Otherwise the known names are listed."""
    with pytest.raises(UnknownNameError, match="Known: sb-v1"):
        catalogue.get("zzz")
