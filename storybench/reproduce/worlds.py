"""The toy worlds of a study, drawn and built, and the classifier that knows their characters."""

from __future__ import annotations

from pathlib import Path

from storybench import registry
from storybench.metrics.classifier.fitting import fit
from storybench.metrics.classifier.settings import TOY
from storybench.metrics.classifier.starting import TOY_TRUNK
from storybench.reproduce.folder import Folder
from storybench.studies import Study, World
from storybench.types import Progress


def make_worlds(
    study: Study, folder: Folder, *, workers: int, on_progress: Progress | None = None
) -> dict[str, str]:
    """Draw and build every world, and fit the classifier; returns the data digests by name.

    Raises:
        StorybenchError: as drawing, building and fitting do.
    """
    digests = {
        name: _make(world, folder.raw(name), folder.shards(name), workers, on_progress)
        for name, world in study.worlds.items()
    }
    judged = folder.shards(study.judge)
    fit(judged, folder.classifier, settings=TOY, init=TOY_TRUNK, on_progress=on_progress)
    return digests


def _make(world: World, raw: Path, shards: Path, workers: int, on_progress: Progress | None) -> str:
    write_release: registry.Twin = registry.load("twins", world.release)
    write_release(
        raw,
        stories=world.stories,
        seed=world.seed,
        held_out=world.held_out,
        workers=workers,
        on_progress=on_progress,
    )
    part: registry.Dataset = registry.load("datasets", world.dataset)
    built = part.build(raw, shards, workers=workers, options={}, on_progress=on_progress)
    return built.digest
