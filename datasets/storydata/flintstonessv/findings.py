"""What a look at a release shows beside its counts: splits, ids, captions, labels, side files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from storybench.errors import InputError, MissingError
from storybench.npy import MAX_HEADER, parse_header
from storybench.pickles.files import load_pickle
from storybench.types import Finding
from storydata.flintstonessv.contents import Contents, cache_losses
from storydata.flintstonessv.ids import cluster, oddity
from storydata.flintstonessv.labels import caption_agreement
from storydata.flintstonessv.release import Release
from storydata.flintstonessv.spec import (
    ANNOTATIONS_FILE,
    EMBEDDING_ROWS_FILE,
    EMBEDDINGS_FILE,
    FOLLOWINGS_FILE,
    FRAME_FOLDERS,
    LABELS_FILE,
    SPLIT_FILE,
)


def content_findings(contents: Contents) -> Iterator[Finding]:
    """Everything that the lists and the annotations show."""
    yield _episodes(contents)
    yield _ids(contents)
    yield _annotated(contents)
    yield _arrays(contents)
    yield _stories(contents)
    yield from _caches(contents)
    yield from _captions(contents)


def side_findings(release: Release) -> Iterator[Finding]:
    """What lies beside and is not read by a build: embeddings, and the other frames."""
    if release.path(EMBEDDINGS_FILE).is_file() or release.path(EMBEDDING_ROWS_FILE).is_file():
        yield _embeddings(release)
    originals = FRAME_FOLDERS["full"]
    if any(release.path(name).exists() for name in (originals, f"{originals}.zip")):
        yield Finding(
            "note", originals, "the originals, 75 frames a clip",
            advice="--frames full builds from them; everyone trains on the sampled five.",
        )  # fmt: skip


def _episodes(contents: Contents) -> Finding:
    homes: dict[str, set[str]] = defaultdict(set)
    for clip_id, split in contents.lists.split_of.items():
        homes[cluster(clip_id)].add(split)
    shared = sorted(name for name, splits in homes.items() if len(splits) > 1)
    found = f"{len(homes):,}, {len(shared):,} of them in more than one split"
    if not shared:
        return Finding("good", "episodes", found, "each in one split")
    advice = (
        f"{shared[0]} is in {' and '.join(sorted(homes[shared[0]]))}: its test pictures look like "
        f"its training pictures. Take {SPLIT_FILE} from the release."
    )
    return Finding("problem", "episodes", found, "each in one split", advice)


def _ids(contents: Contents) -> Finding:
    odd = {one: why for one in contents.lists.split_of if (why := oddity(one)) is not None}
    n_lost = len(contents.lists.drops)
    found = f"{len(odd):,} unlike the published ones, {n_lost:,} entries that cannot be used"
    expected = "season, episode and 75 frames in each"
    if not odd and not n_lost:
        return Finding("good", "ids", found, expected)
    told = [f"{one} {why}." for one, why in odd.items()]
    told += [drop.reason for drop in contents.lists.drops]
    return Finding("problem", "ids", found, expected, advice=f"The first: {told[0]}")


def _annotated(contents: Contents) -> Finding:
    annotations, listed = contents.annotations, contents.lists.split_of
    n_without = len(listed.keys() - annotations.clips.keys())
    n_unlisted = len(annotations.clips.keys() - listed.keys())
    found = (
        f"{annotations.n_records:,} records; {n_without:,} listed clips without one that can be "
        f"used, {n_unlisted:,} annotated clips in no split"
    )
    reasons = [*annotations.broken.values(), *(drop.reason for drop in annotations.drops)]
    if n_without:
        first = reasons[0] if reasons else f"Is {ANNOTATIONS_FILE} of the same release?"
        return Finding("problem", ANNOTATIONS_FILE, found, "one for each listed clip", first)
    level = "note" if reasons or n_unlisted else "good"
    advice = reasons[0] if reasons else ""
    return Finding(level, ANNOTATIONS_FILE, found, "one for each listed clip", advice)


def _arrays(contents: Contents) -> Finding:
    n_listed, n_there = len(contents.lists.split_of), len(contents.arrays.files)
    found = f"{n_there:,} of {n_listed:,} listed clips"
    where = " and ".join(contents.arrays.looked_in) or contents.arrays.place
    if n_there == n_listed:
        return Finding("good", f"arrays in {where}", found)
    advice = "A build drops their stories by name and takes them in when the arrays arrive."
    return Finding("problem", f"arrays in {where}", found, advice=advice)


def _stories(contents: Contents) -> Finding:
    n_planned = sum(contents.n_stories.values())
    lost = list(contents.story_losses())
    found = f"{n_planned - len(lost):,} of {n_planned:,} have all that they need"
    if not lost:
        return Finding("good", "stories", found)
    return Finding("problem", "stories", found, advice=f"The first that has not: {lost[0].reason}")


def _caches(contents: Contents) -> Iterator[Finding]:
    """The two files that are worked out anew, and compared where they are there."""
    faults = {drop.id: drop.reason for drop in cache_losses(contents)}
    for name in (FOLLOWINGS_FILE, LABELS_FILE):
        if name in faults:
            yield Finding("note", name, faults[name], "what the rule gives")
        elif contents.release.path(name).is_file():
            yield Finding("good", name, "agrees with the rule")
        else:
            yield Finding("good", name, "not there", advice="It is not needed: the rule is known.")


def _captions(contents: Contents) -> Iterator[Finding]:
    report = caption_agreement(contents.annotations.clips, contents.release.characters)
    n_without = len(contents.annotations.clips) - report.n_clips
    if n_without:
        yield Finding(
            "note", "labels", f"{n_without:,} clips list no characters in {ANNOTATIONS_FILE}",
            advice="Theirs are those that the caption names, and their stories say so.",
        )  # fmt: skip
    if report.n_clips:
        yield Finding("good", "labels against captions", str(report))
        for character in report.characters:
            found = str(character).removeprefix(f"{character.name}: ")
            yield Finding("good", f"{character.name} in captions", found)


def _embeddings(release: Release) -> Finding:
    what = f"{EMBEDDINGS_FILE} and {EMBEDDING_ROWS_FILE}"
    try:
        with release.path(EMBEDDINGS_FILE).open("rb") as file:
            shape = parse_header(file.read(MAX_HEADER + 12), EMBEDDINGS_FILE).shape
        rows = load_pickle(release.path(EMBEDDING_ROWS_FILE), name=EMBEDDING_ROWS_FILE)
    except (OSError, MissingError):
        return Finding("note", what, "one without the other", advice="No build needs them.")
    except InputError as error:
        return Finding("note", what, str(error), advice="No build needs them.")
    n_rows = len(rows) if isinstance(rows, dict) else 0
    found = f"an array of shape {shape}, {n_rows:,} clips with a row"
    is_whole = len(shape) == 2 and shape[0] == n_rows
    return Finding("good" if is_whole else "note", what, found, "a row for each clip")
