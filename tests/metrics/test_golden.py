"""Every metric beside a golden value that other people's code gave in float64.

`tests/golden/metrics.py` makes them from inputs by formula. Numbers on given features
are held to 1e-6 of themselves (features are float32), numbers through a network to 1e-4, which is
what float32 leaves of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.models.video import r2plus1d_18

from storybench.metrics import inception, perceptual_hash
from storybench.metrics.characters import Characters
from storybench.metrics.classifier import loading
from storybench.metrics.clip_score import ClipScore
from storybench.metrics.confusion import FAMILY
from storybench.metrics.consistency import BOUNDS, Consistency
from storybench.metrics.copying import Copying
from storybench.metrics.coverage import Coverage
from storybench.metrics.embedding_fd import ClipFD, DinoFD
from storybench.metrics.evidence import Evidence, Options, Slots, lone_slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.metrics.fid import FID
from storybench.metrics.inception_graph import Inception
from storybench.metrics.kid import KID
from storybench.metrics.metric import Absent, Estimate
from storybench.metrics.paper_pixels import path
from storybench.metrics.story_fd import StoryFD
from storybench.types import Image
from tests.golden import inputs, metrics
from tests.metrics.fakes import extractor
from tests.metrics.logits import CAST, FILE, classifier

GOLDEN: Mapping[str, float] = json.loads(metrics.PLACE.read_text("utf-8"))["values"]

OF_FEATURES, OF_NETWORKS = 1e-6, 1e-4


def golden(*names: str) -> Any:
    """Some of the golden values."""
    return {name: GOLDEN[name] for name in names}


def slots(n_stories: int, captions: Iterable[str] = ()) -> Slots:
    """Stories of four targets in episodes of ten, or of a sixth of all."""
    story = np.arange(n_stories).repeat(inputs.T)
    groups = story * inputs.EPISODES // n_stories
    return Slots(
        stories=tuple(f"s{number}" for number in range(n_stories)),
        clusters=tuple(f"e{group}" for group in groups[:: inputs.T]),
        story=story,
        k=np.tile(np.arange(1, inputs.T + 1), n_stories),
        groups=groups,
        captions=tuple(captions),
    )


def named(rows: np.ndarray, owner: str, slots: np.ndarray | None = None) -> FeatureTable:
    """A table whose hashes begin with the name of who owns the pictures."""
    hashes = tuple(f"{owner}-{row}" for row in range(len(rows)))
    return FeatureTable(rows, np.arange(len(rows)) if slots is None else slots, hashes)


def values(found: Iterable[Estimate | Absent]) -> dict[str, float]:
    """Values by the first part of the id."""
    return {one.metric.split(".")[0]: one.value for one in found if isinstance(one, Estimate)}


@pytest.fixture(scope="module")
def given() -> inputs.Stories:
    """Stories by formula."""
    return inputs.stories()


@pytest.fixture
def evidence(given: inputs.Stories) -> Evidence:
    """Their features, and hashes of pictures that nobody drew."""
    names = [f"made-{slot}" for slot in range(len(given.made))]
    for slot in np.flatnonzero(given.copies_source & given.is_exact):
        names[slot] = f"source-{slot // inputs.T}"
    for slot in np.flatnonzero(given.copies_train):
        names[slot] = f"train-{slot % inputs.N_TRAIN}"
    made = FeatureTable(given.made, np.arange(len(given.made)), tuple(names))
    sides = {"real": given.real, "source": given.source, "train": given.train}
    tables = {side: named(rows, side) for side, rows in sides.items()}
    hashing = perceptual_hash.load()
    bits = {"generated": len(given.made), "reference": len(given.real)}
    bits |= {"source": len(given.source), "train": len(given.train)}
    hashed: Any = {
        (side, hashing): named(np.ones((n, 64), np.float32), side) for side, n in bits.items()
    }
    return Evidence.of(
        made,
        tables["real"],
        given.groups,
        extractor=extractor(),
        slots=slots(inputs.STORIES),
        source=tables["source"],
        train=tables["train"],
        more=hashed,
    )


def test_distances_of_frames(evidence: Evidence) -> None:
    """FID and FID at infinite n by scipy's square root, KID by scikit-learn's kernel."""
    found = values((*FID().estimate(evidence), *KID().estimate(evidence)))
    assert found == pytest.approx(golden("fd", "fd_inf", "kd"), rel=OF_FEATURES)


def test_precision_and_its_kin(evidence: Evidence) -> None:
    """By prdc."""
    found = values(Coverage().estimate(evidence))
    assert found == pytest.approx(golden("precision", "recall", "density", "coverage"))


def test_distances_of_stories(evidence: Evidence) -> None:
    """Concatenated features, means and steps by scipy's square root."""
    expected = golden("story_fd", "story_fd_mean", "story_fd_motion")
    assert values(StoryFD().estimate(evidence)) == pytest.approx(expected, rel=OF_FEATURES)


def test_consistency(evidence: Evidence) -> None:
    """Frame by frame by scipy's cosine, and over every order of the targets."""
    found = values(Consistency().estimate(evidence))
    assert found == pytest.approx(golden(*BOUNDS), rel=OF_FEATURES, abs=1e-9)


def test_the_copy_radar(evidence: Evidence) -> None:
    """By scikit-learn's neighbours and kernel, and a count of what was planted."""
    names = ("copy_source_rate", "copy_train_rate", "copy_train_ratio", "copy_exact_rate")
    found = values(Copying().estimate(evidence))
    assert found == pytest.approx(golden(*names, "kd_without_copies"), rel=OF_FEATURES)


def test_the_character_family(given: inputs.Stories, monkeypatch: pytest.MonkeyPatch) -> None:
    """All averages, precision, recall and accuracies by scikit-learn."""
    judge = classifier()
    monkeypatch.setattr(loading, "load", lambda path: judge)
    of = replace(slots(inputs.STORIES), characters=CAST, labels=given.labels)
    logits: Any = {(side, judge.extractor): named(given.logits, side) for side in SIDES}
    none = named(np.zeros((of.n, 8), np.float32), "none")
    evidence = Evidence.of(
        none,
        none,
        of.groups,
        extractor=extractor(),
        slots=of,
        options=Options(classifier=FILE),
        more=logits,
    )
    assert values(Characters().estimate(evidence)) == pytest.approx(golden(*FAMILY), rel=1e-9)


SIDES = ("generated", "reference")


@dataclass
class Shown:
    """The drawn pictures of an evaluation."""

    made: list[Image]
    real: list[Image]
    source: list[Image]

    def of(self, side: str) -> list[Image]:
        """Those of a side."""
        return {"generated": self.made, "reference": self.real, "source": self.source}[side]

    def train(self) -> None:
        """No training split."""


def shown(options: Options, through: Extractor | None = None) -> Evidence:
    """Evidence of drawn pictures."""
    pictures = Shown(**metrics.drawn())
    layout = slots(inputs.SHOWN, inputs.captions(len(pictures.made)))
    return Evidence(layout, through or extractor(), options=options, pictures=pictures)


def saved(network: torch.nn.Module, place: Path) -> Path:
    """A weights file with parameters by formula."""
    state = network.state_dict()
    made = {name: torch.from_numpy(one) for name, one in inputs.parameters(state).items()}
    torch.save(state | made, place)
    return place


def test_clip(tmp_path: Path) -> None:
    """CLIP-T, CLIP-I and CLIP-FD by open_clip's towers, tokens and transform."""
    evidence = shown(Options(clip=saved(metrics.small_clip(), tmp_path / "clip.pt")))
    clip_t, clip_i = ClipScore().estimate(evidence)
    assert isinstance(clip_t, Estimate)
    assert isinstance(clip_i, Estimate)
    found = {
        "clip_t": clip_t.value,
        "clip_t of real frames": clip_t.settings["real_frames"],
        "clip_i": clip_i.value,
        "fd.clip": values(ClipFD().estimate(evidence))["fd"],
    }
    assert found == pytest.approx(golden(*found), rel=OF_NETWORKS)


def test_dino(tmp_path: Path) -> None:
    """DINO-FD and DINO's consistency by timm."""
    evidence = shown(Options(dino=saved(metrics.small_dino(), tmp_path / "dino.pth")))
    found = values(Consistency().estimate(evidence))
    found["fd.dino"] = values(DinoFD().estimate(evidence))["fd"]
    expected = golden("fd.dino", *(f"dino_{name}" for name in BOUNDS))
    assert found == pytest.approx(expected, rel=OF_NETWORKS, abs=1e-6)


@pytest.mark.slow
def test_fsd(tmp_path: Path) -> None:
    """By torchvision's R(2+1)D-18."""
    weights = saved(r2plus1d_18(weights=None), tmp_path / "video.pth")
    evidence = shown(Options())
    evidence = evidence.only(evidence.slots.story < 6)
    first = replace(evidence, slots=slots(6))
    *_, found = StoryFD(video=weights).estimate(first)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(GOLDEN["fsd"], rel=OF_NETWORKS)


@pytest.mark.slow
def test_fid_from_pictures(tmp_path: Path) -> None:
    """By pytorch-fid's network and resize, eight pictures a side."""
    network = inception.load(saved(Inception(), tmp_path / "inception.pth"))
    drawn = metrics.drawn()
    pictures = Shown(drawn["made"][:8], drawn["real"][:8], [])
    evidence = Evidence(
        lone_slots(np.zeros(8, np.intp)), network.through(path("pytorch-fid")), pictures=pictures
    )
    assert FID().estimate(evidence)[0].value == pytest.approx(GOLDEN["fid"], rel=OF_NETWORKS)


def test_values_of_features_are_what_their_script_gives() -> None:
    """So the file says how it was made, and the libraries of today agree."""
    found = metrics.of_features()
    assert found == pytest.approx(golden(*found), rel=1e-9)


@pytest.mark.slow
def test_values_of_networks_are_what_their_script_gives() -> None:
    """The rest of the file, by the networks of today; decoders and kernels may round otherwise."""
    found = metrics.of_networks()
    assert set(found) == set(GOLDEN) - set(metrics.of_features())
    assert found == pytest.approx(golden(*found), rel=1e-6)


def test_every_golden_value_is_looked_at() -> None:
    """None is left over: the names above are all there are."""
    looked_at = {
        *("fd", "fd_inf", "kd", "precision", "recall", "density", "coverage"),
        *("story_fd", "story_fd_mean", "story_fd_motion", "fsd", "fid"),
        *BOUNDS,
        *(f"dino_{name}" for name in BOUNDS),
        *FAMILY,
        *("copy_source_rate", "copy_train_rate", "copy_train_ratio", "copy_exact_rate"),
        *("kd_without_copies", "clip_t", "clip_t of real frames", "clip_i", "fd.clip", "fd.dino"),
    }
    assert set(GOLDEN) == looked_at
