"""What a look at the tables shows, as findings: for `check`, and as notes of a dry run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storybench.errors import StorybenchError
from storybench.types import Finding
from storydata.pororosv import spec
from storydata.pororosv.facts import Facts
from storydata.pororosv.labelling import look_at_labels
from storydata.pororosv.lengths import differing, highest
from storydata.pororosv.published import against_published, on_lost
from storydata.pororosv.tables import Captions, read_captions


def on_facts(facts: Facts, *, recovers_lost: bool = False) -> tuple[Finding, ...]:
    """Everything that is worth knowing before a build, without opening a clip.

    `recovers_lost` says that the build takes in the stories which the released ids leave out.
    """
    return (
        *against_published(facts),
        *_on_split(facts),
        *on_lost(facts, is_recovered=recovers_lost),
        *_on_lengths(facts),
        *_on_captions(facts),
        *_on_labels(facts),
        *_on_strays(facts),
    )


def sentence(finding: Finding) -> str:
    """A finding as one line of a dry run."""
    expected = f" (expected {finding.expected})" if finding.expected else ""
    advice = f" {finding.advice}" if finding.advice else ""
    text = f"{finding.what}: {finding.found}{expected}".rstrip(".")
    return f"{text[0].upper()}{text[1:]}.{advice}"


def _on_split(facts: Facts) -> Iterator[Finding]:
    if facts.is_substitute:
        yield Finding(
            "note",
            "split",
            "a substitute, by hashes of names",
            f"{spec.SPLIT_IDS} of the release",
            f"The dataset is called {facts.spec.name}; its numbers compare with no paper's.",
        )


def _on_lengths(facts: Facts) -> Iterator[Finding]:
    """Captions that count other clips than the file that decided."""
    if facts.lengths.counted_by == facts.captions_name:
        return
    episodes = differing(facts.lengths.by_episode, highest(facts.captions.entries))
    if episodes:
        yield Finding(
            "note",
            "clips with captions",
            f"{len(episodes):,} episodes differ from {facts.lengths.counted_by}, {episodes[0]} "
            "first",
            advice=f"{facts.lengths.counted_by} decides; captions beyond it are not used.",
        )


def _on_captions(facts: Facts) -> Iterator[Finding]:
    missing = [clip for clip in facts.clips if not facts.captions_of(clip)]
    if missing:
        yield Finding(
            "problem",
            "clips without a caption",
            f"{len(missing):,} in {facts.captions_name}, {missing[0].id} first",
            advice="Stories that show them are lost.",
        )
    rows = facts.release.tables.get(spec.CAPTION_ROWS)
    if rows is None or facts.captions_name == rows.name:
        return
    try:
        entries = read_captions(rows).entries
    except StorybenchError:  # it is not used, and `check` reports it as damaged
        return
    differ = [
        clip for clip, texts in facts.captions.entries.items() if _differ(texts, entries.get(clip))
    ]
    if differ:
        yield Finding(
            "note",
            "captions",
            f"{len(differ):,} clips have other captions in {rows.name}, {differ[0].id} first",
            advice=f"{facts.captions_name} is used, as by StoryDALL-E's loader. White space and "
            "commas were not compared.",
        )


def _differ(texts: Captions, others: Captions | None) -> bool:
    """Whether two lists say something else, but for white space and commas."""
    return others is not None and list(map(_bare, texts)) != list(map(_bare, others))


def _bare(text: str) -> str:
    return " ".join(text.replace(",", " ").split())


def _on_labels(facts: Facts) -> Iterator[Finding]:
    if facts.labels is None:
        yield Finding(
            "note",
            "labels",
            f"no {spec.LABELS}",
            advice="Characters are taken from names in captions, and labelled so.",
        )
        return
    lacking = [clip for clip in facts.clips if clip not in facts.labels.entries]
    if lacking:
        yield Finding(
            "problem",
            "clips without labels",
            f"{len(lacking):,} in {spec.LABELS}, {lacking[0].id} first",
            advice="They are built without any, and no character metric can use them.",
        )
    looked = look_at_labels(facts)
    if looked is None:
        return
    for one in looked.agreement.characters:
        yield Finding("good", "labels against captions", str(one))
    yield Finding("good", "labels against captions", str(looked.agreement).rstrip("."))
    yield _on_order(looked.misfits)
    yield _on_rank(looked.label_rank, looked.caption_rank)


def _on_order(misfits: tuple[str, ...]) -> Finding:
    what = "order of the labels"
    if not misfits:
        return Finding("good", what, "every label fits the captions that name its character best")
    return Finding(
        "problem",
        what,
        "; ".join(misfits),
        advice="The labels seem to be in another order than the one taken from the authors' plot: "
        "don't trust character scores.",
    )


def _on_rank(labels: tuple[str, ...], captions: tuple[str, ...]) -> Finding:
    what = "frequency of the labels"
    if labels == captions:
        return Finding("good", what, "ranks as the names in captions do")
    return Finding(
        "note",
        what,
        f"ranks {', '.join(labels)}",
        ", ".join(captions),
        "Characters of similar frequency may well change places.",
    )


def _on_strays(facts: Facts) -> Iterator[Finding]:
    named: Iterable[tuple[str, tuple[str, ...]]] = [
        (facts.captions_name, facts.captions.strays),
        (spec.LABELS, facts.labels.strays if facts.labels else ()),
    ]
    for name, strays in named:
        if strays:
            yield Finding(
                "note",
                f"keys of {name}",
                f"{len(strays):,} name no clip, {strays[0]} first",
                advice="They are not used.",
            )
    beyond = sum(
        n > facts.lengths.by_episode.get(episode, 0)
        for episode, files in facts.release.clips.items()
        for n in files
    )
    if beyond:
        yield Finding(
            "note",
            "other clips on the disk",
            f"{beyond:,} that {facts.lengths.counted_by} does not count",
            advice="They are not used.",
        )
