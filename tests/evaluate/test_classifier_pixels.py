"""What a character classifier is fed under each protocol, beside the published code by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torchvision import transforms
from torchvision.models import inception_v3

from storybench.evaluate import Subject, evaluate_prepared, load_behind, prepare
from storybench.evaluate.plan import plan
from storybench.files import sha256_file
from storybench.home import features_dir
from storybench.images import centre_square
from storybench.metrics.classifier import document, networks
from storybench.metrics.classifier.classifier import CASTS
from storybench.metrics.classifier.document import Calibration, DataRecord, Document
from storybench.metrics.evidence import Options
from storybench.protocols import catalogue
from storybench.protocols.protocol import Protocol
from storybench.shards.reader import Stories
from storybench.types import Image, Report, Score
from tests.factories import make_predictions, make_shards

sklearn_metrics: Any = pytest.importorskip("sklearn.metrics")

Logits = NDArray[np.float32]
Slots = Sequence[tuple[int, int]]

PORORO = CASTS[9]
IMAGENET = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
RAW, NO_STEP = "classifier299-raw", "classifier299-nostep"
MARGIN = 1e-4
"""Of logits from 0, so that no decision hangs on the order in which torch sums."""


@pytest.fixture(autouse=True)
def home(shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One home for all of these tests: a path must not be served what another one computed."""
    monkeypatch.setenv("STORYBENCH_HOME", str(shared_home))


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where logits are kept from test to test."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Two stories of three frames, in the name and with the cast of PororoSV."""
    folder = tmp_path_factory.mktemp("pororo")
    shards = make_shards(
        folder / "shards",
        stories={"test": 2},
        size=(64, 64),
        characters=PORORO,
        name="pororosv",
    )
    stories = Stories(shards, "test")
    about: dict[str, Any] = {"dataset": stories.spec.name, "data_digest": stories.digest}
    drawn = make_predictions(folder / "preds", stories.ids, **about)
    return prepare(drawn.directory, shards, force=True)


@pytest.fixture(scope="module")
def pictures(subject: Subject) -> Mapping[str, list[Image]]:
    """Both sides of all frames; frame 0 is the given source on either."""
    real = [centre_square(subject.stories.image(*slot)) for slot in slots_of(subject, "duco-2021")]
    drawn = [
        image if k == 0 else subject.predictions.image(subject.stories.ids[index], k)
        for (index, k), image in zip(slots_of(subject, "duco-2021"), real, strict=True)
    ]
    return {"generated": drawn, "reference": real}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures at once: a batch that is not full is filled up, and eight take their time."""
    kinds = {
        name: dataclasses.replace(kind, batch=2) for name, kind in networks.ARCHITECTURES.items()
    }
    monkeypatch.setattr(networks, "ARCHITECTURES", kinds)


@pytest.fixture(scope="module")
def network() -> Any:
    """A random Inception-v3 of nine characters."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made: Any = inception_v3(weights=None, transform_input=True, init_weights=False)
        made.AuxLogits.fc, made.fc = nn.Linear(768, 9), nn.Linear(2048, 9)
        for name, value in made.state_dict().items():
            if value.ndim > 1:
                value.normal_(0, (2 / value[0].numel()) ** 0.5)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
    return made.eval()


@pytest.fixture(scope="module")
def by_hand(
    network: Any, pictures: Mapping[str, list[Image]]
) -> Mapping[str | None, Mapping[str, Logits]]:
    """Logits of each side by path: what torchvision's network says behind its transforms.

    Its last bias is moved so that as it was trained it says each character of half the pictures.
    """
    ways = {
        None: {"normalise": True, "has_step": True},
        RAW: {"normalise": False, "has_step": False},
        NO_STEP: {"normalise": True, "has_step": False},
    }
    whole = [*pictures["generated"], *pictures["reference"]]
    n, logits = (
        len(pictures["generated"]),
        {p: run(network, whole, **way) for p, way in ways.items()},
    )
    shift = np.median(logits[None], axis=0)
    network.state_dict()["fc.bias"].sub_(torch.from_numpy(shift))
    return {
        path: {"generated": found[:n] - shift, "reference": found[n:] - shift}
        for path, found in logits.items()
    }


@pytest.fixture(scope="module")
def checkpoint(network: Any, by_hand: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network as a paper releases it, once its bias is moved."""
    path = tmp_path_factory.mktemp("released") / "epoch-10.pt"
    torch.save(network.state_dict(), path)
    return path


def run(network: Any, images: Sequence[Image], *, normalise: bool, has_step: bool) -> Logits:
    """Logits (n, 9), each picture alone, with or without Normalize and the network's own step."""
    steps = [transforms.Resize(299), transforms.CenterCrop(299), transforms.ToTensor()]
    path = transforms.Compose([*steps, IMAGENET] if normalise else steps)
    network.transform_input = has_step
    known: dict[bytes, Logits] = {}
    with torch.inference_mode():
        for image in images:
            if image.tobytes() not in known:
                pixels: Any = path(PIL.Image.fromarray(image))
                known[image.tobytes()] = network(pixels[None])[0].numpy()
    return np.stack([known[image.tobytes()] for image in images])


def slots_of(subject: Subject, name: str) -> Slots:
    """(story, frame) of each picture that a protocol scores."""
    return plan(subject.stories, catalogue.get(name)).slots


def scored(subject: Subject, rules: Protocol, classifier: Path) -> Report:
    """The report under a protocol, through the twin extractor."""
    options = Options(classifier=classifier)
    return evaluate_prepared(subject, rules, load_behind(rules, "twin"), options=options).report


def family(report: Report) -> dict[str, Score]:
    """The scores by the first part of their ids."""
    return {score.metric.split(".")[0]: score for score in report.scores}


def values(report: Report) -> dict[str, float]:
    """Their numbers."""
    return {name: score.value for name, score in family(report).items()}


def by_scikit_learn(labels: NDArray[np.intp], logits: Logits) -> dict[str, float]:
    """The numbers of some decisions, none of which is a close one."""
    assert np.abs(logits).min() > MARGIN
    said, how = logits > 0, {"average": "micro", "zero_division": 0}
    return {
        "charf1": sklearn_metrics.f1_score(labels, said, **how),
        "char_precision": sklearn_metrics.precision_score(labels, said, **how),
        "char_recall": sklearn_metrics.recall_score(labels, said, **how),
        "frame_acc": sklearn_metrics.accuracy_score(labels, said),
        "char_acc": float((labels == said).mean()),
    }


@pytest.mark.parametrize(
    ("name", "path"),
    [("duco-2021", RAW), ("vlc-2021", RAW), ("storydalle-2022", NO_STEP), ("sb-v1", None)],
)
def test_a_published_classifier_is_fed_as_the_paper_fed_it(
    subject: Subject,
    by_hand: Mapping[str | None, Mapping[str, Logits]],
    checkpoint: Path,
    name: str,
    path: str | None,
):
    """Numbers and ceilings are those of the network by hand, and not those of its training."""
    slots, whole = slots_of(subject, name), slots_of(subject, "duco-2021")
    rows = [whole.index(slot) for slot in slots]
    labels = np.array([subject.stories[index].frames[k].characters for index, k in slots], int)
    found = family(scored(subject, catalogue.get(name), checkpoint))
    for side in ("generated", "reference"):
        expected = by_scikit_learn(labels, by_hand[path][side][rows])
        trained = by_scikit_learn(labels, by_hand[None][side][rows])
        assert (expected["charf1"] != trained["charf1"]) == (path is not None)
        for key, value in expected.items():
            score = found[key]
            said = score.value if side == "generated" else score.settings["ceiling"]["value"]
            assert said == pytest.approx(value), (side, key)
    part = "" if path is None else f".{path}"
    for key in ("charf1", "char_precision", "char_recall", "frame_acc"):
        metric, settings = found[key].metric, found[key].settings
        assert metric.startswith(f"{key}.inception299.{sha256_file(checkpoint)[:8]}{part}.")
        assert settings["preprocess"]["path"] == (path or "classifier299")
        assert "classifier_own_pixels" not in settings["flags"]


def test_logits_of_two_paths_share_no_cache(subject: Subject, checkpoint: Path):
    """Scored one after the other in one home, each is what it was before."""
    duco = catalogue.get("duco-2021")
    trained = dataclasses.replace(duco, classifier_pixels=())
    first, second, again = (
        values(scored(subject, rules, checkpoint)) for rules in (trained, duco, trained)
    )
    assert first == again
    assert first["charf1"] != second["charf1"]
    assert first["fd"] == second["fd"]
    folders = {path.name.rpartition("-")[0] for path in features_dir().iterdir()}
    assert {"inception299-classifier299", f"inception299-{RAW}"} <= folders


def test_a_classifier_of_ours_sees_its_own_pixels_under_every_protocol(
    subject: Subject, tmp_path: Path
):
    """The id names no path, and the report says what the paper did to its own."""
    path = tmp_path / "characters.safetensors"
    document.write(path, networks.make("small64", 9).state_dict(), described())
    duco = catalogue.get("duco-2021")
    report = scored(subject, duco, path)
    plain = scored(subject, dataclasses.replace(duco, classifier_pixels=()), path)
    assert values(report) == values(plain)
    score = family(report)["charf1"]
    assert score.metric == f"charf1.small64.{sha256_file(path)[:8]}.all3.v1"
    assert score.settings["preprocess"]["path"] == "classifier64"
    assert score.settings["classifier"]["pixels_of_protocol"] == RAW
    assert "classifier_own_pixels" in score.settings["flags"]
    assert "classifier_own_pixels" not in family(plain)["charf1"].settings["flags"]


def described() -> Document:
    """What a file of ours says of itself."""
    return Document(
        arch="small64",
        characters=PORORO,
        data=DataRecord(
            dataset="pororosv",
            version="1",
            digest="d" * 64,
            train_episodes=("a",),
            val_episodes=("b",),
            n_train_frames=1,
            n_val_frames=1,
            train_support=(1,) * 9,
        ),
        settings={"seed": 0},
        init_sha256=None,
        device="cpu",
        best_epoch=0,
        history=(),
        calibration=Calibration(),
        scores={},
        versions={},
    )
