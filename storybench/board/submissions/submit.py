"""`submit`: from a report, its predictions and its data to a folder for a pull request.

The report is believed only after it was shown to belong to what it speaks of: the digest of the
shards and the digest of the predictions are computed again, and every picture is opened and
compared with the hash that the predictions' manifest states.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storybench.board.submissions.admission import objections
from storybench.board.submissions.folder import (
    GALLERY,
    SUBMISSION,
    SUBMISSIONS,
    Submission,
    identify,
    load,
    restore,
    result_name,
    seal,
    strip_name,
    write_folder,
)
from storybench.board.submissions.gallery import Strip, choose, draw
from storybench.board.submissions.record import (
    SCHEMA_VERSION,
    GalleryRecord,
    IdentityRecord,
    LeftOutRecord,
    ReportRecord,
    StripRecord,
    document,
    read,
)
from storybench.errors import InputError, PredictionError, VerificationError
from storybench.predictions.container import LOSSY
from storybench.predictions.doctor import examine
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.names import MANIFEST
from storybench.predictions.store import PredictionSet
from storybench.shards.reader import Stories


def submit(
    report: Path,
    predictions: Path,
    data: Path,
    *,
    board: Path = Path("leaderboard"),
    name: str,
    authors: str,
    url: str = "",
    description: str = "",
) -> Path:
    """Write `submissions/<slug>/` on a board, or add this report to the system's own folder.

    Submitting the same thing twice changes nothing. A newer result of the same system on the same
    dataset, split and protocol takes the place of the older one, with its pictures.

    Returns:
        The folder of the submission.

    Raises:
        InputError: the report or an argument is not what it should be, or another system has this
            name already.
        PredictionError: the doctor had refused the pictures, nothing names their model, or a
            picture is missing, extra, undecodable, or is or was not lossless.
        VerificationError: the report is not of these predictions, or not of these shards.
    """
    identity = identify(name=name, authors=authors, url=url, description=description)
    result = read(report, ReportRecord)
    _refuse(result, report)
    stories = Stories(data, result.split)
    pictures = PredictionSet(predictions)
    _verify_data(result, stories, report)
    _verify_predictions(result, stories, pictures, report)

    folder = board / SUBMISSIONS / identity.slug
    earlier = _earlier(folder, identity)
    drawn = _drawn(result, stories, pictures)
    files = {
        **_kept(earlier, result),
        **{strip.name: strip.jpeg for strip in drawn if isinstance(strip, Strip)},
        result_name(result): document(result),
        GALLERY: document(_gallery(earlier, result, drawn)),
    }
    write_folder(folder, {**files, SUBMISSION: document(seal(files, identity))})
    return folder


def _refuse(result: ReportRecord, report: Path) -> None:
    objection = next(objections(result, report), None)
    if objection is not None:
        raise PredictionError(objection)


def _verify_data(result: ReportRecord, stories: Stories, report: Path) -> None:
    claims = (
        ("dataset", result.dataset, stories.spec.name),
        ("digest", result.data_digest, stories.digest),
        ("number of stories", result.n_stories, len(stories)),
    )
    for what, stated, found in claims:
        if stated != found:
            raise VerificationError(
                f"Expected shards with the {what} {stated} that {report} states, found {found}. "
                "Give the shards that were scored, or score again with `storybench eval`."
            )


def _verify_predictions(
    result: ReportRecord, stories: Stories, pictures: PredictionSet, report: Path
) -> None:
    if pictures.digest != result.predictions_digest:
        raise VerificationError(
            f"Expected predictions with the digest {result.predictions_digest} that {report} "
            f"states, found {pictures.digest}. Score them again with `storybench eval`."
        )
    diagnosis = examine(
        pictures.directory,
        story_ids=stories.ids,
        n_targets=stories.spec.n_targets,
        data_digest=stories.digest,
    )
    diagnosis.require()
    _refuse_lossy(pictures, diagnosis)
    if pictures.manifest is None:
        raise PredictionError(
            f"Expected predictions.json in {pictures.directory}, found none: nothing says which "
            "data and which system these pictures are of. Write one with `storybench preds convert "
            "PREDS NAMED --data SHARDS --model NAME`, score NAMED and submit that report."
        )


def _refuse_lossy(pictures: PredictionSet, diagnosis: Diagnosis) -> None:
    """Refuse pictures that are lossy, or were by their manifest; a conversion brings nothing back.

    Those that a manifest speaks of are in PNG now, as `storybench preds convert` writes them.
    """
    lossy = " and ".join(sorted(LOSSY & set(diagnosis.containers)))
    if lossy:
        is_converted = pictures.manifest is not None and pictures.manifest.containers
        found = (
            f"pictures that were {lossy} before they were converted, by its {MANIFEST}"
            if is_converted
            else lossy
        )
        raise PredictionError(
            f"Expected pictures that were never compressed with loss in {pictures.directory}, "
            f"found {found}: that moves the scores, and converting brings nothing back. Generate "
            "them again as PNG or lossless WebP, and score those."
        )


def _earlier(folder: Path, identity: IdentityRecord) -> Submission | None:
    restore(folder)
    if not folder.exists():
        return None
    earlier = load(folder)
    if (earlier.record.name, earlier.record.authors) != (identity.name, identity.authors):
        raise InputError(
            f"Expected a name that is free, found {folder} taken by {earlier.record.name!r} of "
            f"{earlier.record.authors!r}. Choose another name, or give that name and those "
            "authors to renew its results."
        )
    return earlier


def _drawn(
    result: ReportRecord, stories: Stories, pictures: PredictionSet
) -> list[Strip | LeftOutRecord]:
    return [
        draw(stories[stories.find(story_id)], pictures.load(story_id), result)
        for story_id in choose(stories.ids)
    ]


def _kept(earlier: Submission | None, result: ReportRecord) -> dict[str, bytes]:
    """The results and strips of the earlier submission that stay beside this result."""
    if earlier is None:
        return {}
    names = {result_name(other) for other in earlier.results} - {result_name(result)}
    for name in names:
        _refuse_other_predictions(earlier.folder / name, result)
    names |= {
        strip_name(strip.story_id)
        for strip in earlier.gallery.strips
        if not _is_replaced(strip, result)
    }
    return {name: (earlier.folder / name).read_bytes() for name in sorted(names)}


def _refuse_other_predictions(path: Path, result: ReportRecord) -> None:
    other = read(path, ReportRecord)
    if (other.dataset, other.split) != (result.dataset, result.split):
        return
    if other.predictions_digest != result.predictions_digest:
        raise InputError(
            f"Expected the same predictions under every protocol, found {path} of the predictions "
            f"{other.predictions_digest[:12]}… beside a report of {result.predictions_digest[:12]}…"
            ". Submit under another name, or remove that file first."
        )


def _gallery(
    earlier: Submission | None, result: ReportRecord, drawn: Sequence[Strip | LeftOutRecord]
) -> GalleryRecord:
    """The earlier gallery with the stories of this dataset and split replaced."""
    strips = [item.record for item in drawn if isinstance(item, Strip)]
    left_out = [item for item in drawn if isinstance(item, LeftOutRecord)]
    if earlier is not None:
        kept = [item for item in earlier.gallery.strips if not _is_replaced(item, result)]
        _refuse_shared_names(kept, strips, earlier.folder)
        strips = kept + strips
        left_out = [
            item for item in earlier.gallery.left_out if not _is_replaced(item, result)
        ] + left_out
    return GalleryRecord(
        schema_version=SCHEMA_VERSION, strips=tuple(strips), left_out=tuple(left_out)
    )


def _refuse_shared_names(
    kept: Sequence[StripRecord], strips: Sequence[StripRecord], folder: Path
) -> None:
    shared = {item.story_id for item in kept} & {item.story_id for item in strips}
    if shared:
        raise InputError(
            f"Expected story ids that differ between datasets, found {min(shared)} in another "
            f"dataset or split of {folder}. Submit this one under another name."
        )


def _is_replaced(item: StripRecord | LeftOutRecord, result: ReportRecord) -> bool:
    return (item.dataset, item.split) == (result.dataset, result.split)
