"""Golden values of the metrics, by other people's code in float64: writes `metrics.json`.

    python -m tests.golden.metrics

Nothing of storybench is imported here, only the inputs beside this file. Distances take scipy's
matrix square root; kernels, neighbours and averages are scikit-learn's, manifolds those of prdc,
networks those of open_clip, timm, torchvision and pytorch-fid, run in float64 on parameters and
pictures that are made by formula. Run it only to add a value: one that is there is not changed.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import open_clip
import PIL.Image
import prdc
import pytorch_fid.inception
import scipy.linalg
import scipy.spatial
import sklearn.metrics
import sklearn.metrics.pairwise
import sklearn.neighbors
import sklearn.preprocessing
import torch
from numpy.typing import NDArray
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from timm.models.vision_transformer import VisionTransformer
from torchvision import transforms
from torchvision.models.video import r2plus1d_18

from tests.golden import inputs

PLACE = Path(__file__).with_suffix(".json")
LIBRARIES = (
    *("numpy", "scipy", "scikit-learn", "prdc", "torch", "torchvision"),
    *("open_clip_torch", "timm", "pytorch-fid"),
)

Array = NDArray[np.float64]
Numbers = dict[str, float]


def frechet(first: Array, second: Array) -> float:
    """The textbook formula; scipy's square root, so both need full rank."""
    step = first.mean(0) - second.mean(0)
    covariances = [np.cov(side, rowvar=False) for side in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    trace = np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.trace(root).real
    return float(step @ step + trace)


def frechet_of_few(first: Array, second: Array) -> float:
    """The same with fewer rows than dimensions: eigenvalues of a product of small Gram matrices."""
    a, b = (side - side.mean(0) for side in (first, second))
    gram = (a @ b.T) @ (a @ b.T).T / (len(a) - 1) / (len(b) - 1)
    root = np.sqrt(np.clip(np.linalg.eigvalsh(gram), 0, None)).sum()
    step = first.mean(0) - second.mean(0)
    return float(step @ step + a.var(0, ddof=1).sum() + b.var(0, ddof=1).sum() - 2 * root)


def kernel_distance(first: Array, second: Array) -> float:
    """The unbiased squared MMD by scikit-learn's polynomial kernel, all pairs."""

    def kernel(a: Array, b: Array) -> Array:
        return sklearn.metrics.pairwise.polynomial_kernel(a, b, degree=3, coef0=1)

    n = len(first)
    within = [kernel(side, side).sum() - kernel(side, side).trace() for side in (first, second)]
    return float(sum(within) / n / (n - 1) - 2 * kernel(first, second).mean())


def without_each(groups: NDArray[np.intp], number: Callable[[NDArray[np.bool_]], float]) -> Array:
    """A number without each group in turn."""
    return np.array([number(groups != group) for group in np.unique(groups)])


def of_pictures(of: inputs.Stories) -> Numbers:
    """FID and its value at infinite n, KID, precision and its kin."""
    made, real = of.made.astype(float), of.real.astype(float)
    whole, k = frechet(made, real), len(np.unique(of.groups))
    left = without_each(of.groups, lambda kept: frechet(made[kept], real[kept]))
    with contextlib.redirect_stdout(io.StringIO()):
        narrow, wide = (prdc.compute_prdc(real, made, nearest_k=n) for n in (3, 5))
    return {
        "fd": whole,
        "fd_inf": k * whole - (k - 1) * float(left.mean()),
        "kd": kernel_distance(made, real),
        "precision": narrow["precision"],
        "recall": narrow["recall"],
        "density": wide["density"],
        "coverage": wide["coverage"],
    }


def of_stories(of: inputs.Stories) -> Numbers:
    """Distances of whole stories: frames in order, their mean, their steps."""
    made, real = (
        side.astype(float).reshape(inputs.STORIES, inputs.T, -1) for side in (of.made, of.real)
    )
    vectors: dict[str, Callable[[Array], Array]] = {
        "story_fd": lambda side: np.concatenate([side[:, k] for k in range(inputs.T)], axis=1),
        "story_fd_mean": lambda side: np.einsum("std->sd", side) / inputs.T,
        "story_fd_motion": lambda side: np.concatenate(
            [side[:, k] - side[:, k - 1] for k in range(1, inputs.T)], axis=1
        ),
    }
    return {name: frechet(vector(made), vector(real)) for name, vector in vectors.items()}


def of_characters(of: inputs.Stories) -> Numbers:
    """The character family by scikit-learn."""
    said, there = of.logits > 0, of.labels
    averages = {"charf1": "micro", **{f"charf1_{a}": a for a in ("macro", "weighted", "samples")}}
    exact = (said == there).all(axis=1)
    none_is_zero: dict[str, Any] = {"zero_division": 0}
    return {
        **{
            name: sklearn.metrics.f1_score(there, said, average=average, **none_is_zero)
            for name, average in averages.items()
        },
        "char_precision": sklearn.metrics.precision_score(there, said, average="micro"),
        "char_recall": sklearn.metrics.recall_score(there, said, average="micro"),
        "frame_acc": sklearn.metrics.accuracy_score(there, said),
        "char_acc": 1 - sklearn.metrics.hamming_loss(there, said),
        "story_acc": float(exact.reshape(-1, inputs.T).all(axis=1).mean()),
    }


def consistency(made: Array, source: Array) -> Numbers:
    """Of one story, targets (t, d): VBench's formula frame by frame, and every order of targets."""

    def alike(first: Array, second: Array) -> float:
        return max(0.0, 1 - scipy.spatial.distance.cosine(first, second))

    def neighbour(order: Sequence[int]) -> float:
        frames = [source, *(made[k] for k in order)]
        return float(np.mean([alike(a, b) for a, b in itertools.pairwise(frames)]))

    in_order = neighbour(range(len(made)))
    to_source = float(np.mean([alike(frame, source) for frame in made]))
    shuffled = [neighbour(order) for order in itertools.permutations(range(len(made)))]
    return {
        "consistency": (in_order + to_source) / 2,
        "consistency_neighbour": in_order,
        "consistency_source": to_source,
        "diversity": float(scipy.spatial.distance.pdist(made, "cosine").mean()),
        "order_sensitivity": in_order - float(np.mean(shuffled)),
    }


def of_worlds(made: Array, real: Array, source: Array) -> Numbers:
    """Consistency and its kin over stories: targets (s * t, d), sources (s, d)."""
    sides = [
        [
            consistency(story, first)
            for story, first in zip(
                side.reshape(len(source), -1, side.shape[1]), source, strict=True
            )
        ]
        for side in (made, real)
    ]
    means = [
        {name: float(np.mean([one[name] for one in side])) for name in side[0]} for side in sides
    ]
    gap = abs(means[0]["consistency"] - means[1]["consistency"])
    return {**means[0], "consistency_gap": gap}


def of_copies(of: inputs.Stories) -> Numbers:
    """The copy radar by scikit-learn's neighbours on features of length 1."""
    made, real, source, train = (
        sklearn.preprocessing.normalize(side.astype(float))
        for side in (of.made, of.real, of.source, of.train)
    )
    own = source[np.repeat(np.arange(inputs.STORIES), inputs.T)]
    nearest = sklearn.neighbors.NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train)
    to_source = [
        np.asarray(sklearn.metrics.pairwise.paired_distances(side, own)) for side in (made, real)
    ]
    to_train = [np.asarray(nearest.kneighbors(side)[0])[:, 0] for side in (made, real)]
    is_near = [made_at <= np.quantile(real_at, 0.01) for made_at, real_at in (to_source, to_train)]
    kept = ~(is_near[0] | is_near[1])
    return {
        "copy_source_rate": float(is_near[0].mean()),
        "copy_train_rate": float(is_near[1].mean()),
        "copy_train_ratio": float(to_train[0].sum() / to_train[1].sum()),
        "copy_exact_rate": float(((of.copies_source & of.is_exact) | of.copies_train).mean()),
        "kd_without_copies": kernel_distance(
            of.made[kept].astype(float), of.real[kept].astype(float)
        ),
    }


def filled(network: Any) -> Any:
    """The network with parameters by formula, in float64 and for inference."""
    made = inputs.parameters(network.state_dict())
    state = {name: torch.from_numpy(value) for name, value in made.items()}
    network.load_state_dict(state, strict=False)
    return network.eval().double()


def seen(network: Callable[[Any], Any], shown: list[NDArray[np.uint8]], transform: Any) -> Array:
    """What a network makes of pictures (n, d)."""
    batch = torch.stack([transform(PIL.Image.fromarray(image)) for image in shown]).double()
    with torch.inference_mode():
        return network(batch).numpy()


def drawn() -> dict[str, list[NDArray[np.uint8]]]:
    """Pictures of both sides and of the sources."""
    n = inputs.SHOWN * inputs.T
    return {
        "made": inputs.pictures("made", n),
        "real": inputs.pictures("real", n),
        "source": inputs.pictures("source", inputs.SHOWN),
    }


def small_clip() -> Any:
    """A CLIP of two thin layers with open_clip's whole vocabulary."""
    vision = CLIPVisionCfg(layers=2, width=64, patch_size=16, image_size=32)
    return CLIP(24, vision, CLIPTextCfg(width=64, heads=1, layers=2), quick_gelu=True)


def through_clip() -> Numbers:
    """CLIP-T, CLIP-I and CLIP-FD by open_clip: towers, tokens and transform."""
    model, transform = filled(small_clip()), open_clip.image_transform(32, is_train=False)
    shown = drawn()
    made, real = (seen(model.encode_image, shown[side], transform) for side in ("made", "real"))
    with torch.inference_mode():
        tokens = open_clip.tokenize(inputs.captions(len(made)))
        said = model.encode_text(tokens).numpy()
    cosine = sklearn.metrics.pairwise.paired_cosine_distances
    return {
        "clip_t": float(1 - cosine(made, said).mean()),
        "clip_t of real frames": float(1 - cosine(real, said).mean()),
        "clip_i": float(1 - cosine(made, real).mean()),
        "fd.clip": frechet(made, real),
    }


def small_dino() -> Any:
    """A vision transformer of two thin layers."""
    return VisionTransformer(
        img_size=32,
        patch_size=16,
        embed_dim=64,
        depth=2,
        num_heads=1,
        num_classes=0,
        global_pool="token",
    )


def through_dino() -> Numbers:
    """DINO-FD and DINO's consistency by timm, with torchvision's transforms."""
    transform = transforms.Compose(
        [
            transforms.Resize(32, transforms.InterpolationMode.BICUBIC),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    network, shown = filled(small_dino()), drawn()
    made, real, source = (seen(network, side, transform) for side in shown.values())
    worlds = of_worlds(made, real, source)
    return {
        "fd.dino": frechet(made, real),
        **{f"dino_{name}": value for name, value in worlds.items()},
    }


def through_video() -> Numbers:
    """FSD by torchvision's R(2+1)D-18 on six stories a side."""
    network = filled(r2plus1d_18(weights=None))
    network.fc = torch.nn.Identity()
    transform = transforms.Compose(
        [
            transforms.Resize((112, 112)),
            transforms.ToTensor(),
            transforms.Normalize([0.43216, 0.394666, 0.37645], [0.22803, 0.22145, 0.216989]),
        ]
    )

    def clips(batch: Any) -> Any:
        return network(batch.unflatten(0, (-1, inputs.T)).transpose(1, 2))

    shown = drawn()
    sides = [seen(clips, shown[side][: 6 * inputs.T], transform) for side in ("made", "real")]
    return {"fsd": frechet_of_few(*sides)}


def through_inception() -> Numbers:
    """FID of eight pictures a side by pytorch-fid's network and its own resize to 299 pixels."""
    theirs = pytorch_fid.inception
    with (
        mock.patch.object(theirs, "load_state_dict_from_url"),
        mock.patch.object(torch.nn.Module, "load_state_dict"),
    ):
        empty = theirs.fid_inception_v3().state_dict()
    made = {name: torch.from_numpy(one) for name, one in inputs.parameters(empty).items()}
    with mock.patch.object(theirs, "load_state_dict_from_url", return_value={**empty, **made}):
        network = theirs.InceptionV3([3]).eval().double()
    shown = drawn()
    sides = [
        seen(lambda batch: network(batch)[0].flatten(1), shown[side][:8], transforms.ToTensor())
        for side in ("made", "real")
    ]
    return {"fid": frechet_of_few(*sides)}


def of_features() -> Numbers:
    """What is made of features by formula."""
    of = inputs.stories()
    made, real, source = (side.astype(float) for side in (of.made, of.real, of.source))
    return {
        **of_pictures(of),
        **of_stories(of),
        **of_characters(of),
        **of_worlds(made, real, source),
        **of_copies(of),
    }


def of_networks() -> Numbers:
    """What is made of pictures through networks with parameters by formula."""
    return {**through_clip(), **through_dino(), **through_video(), **through_inception()}


def write() -> None:
    """Compute every value and write the file."""
    about = {
        "made by": "python -m tests.golden.metrics, in float64",
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }
    golden = {"_about": about, "values": {**of_features(), **of_networks()}}
    PLACE.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    write()
