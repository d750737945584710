"""The rule "didemo-v1" once more, written from its description alone and as plainly as can be.

It shares no code with the product, so that the two can disagree.
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]


def stories_of(records: list[Record], *, rule: str, length: int) -> list[list[int]]:
    """Annotation ids of every story, in the order of the split."""
    stems = sorted({stem_of(record) for record in records})
    found = []
    for stem in stems:
        ids = [row[2] for row in rows_of([r for r in records if stem_of(r) == stem])]
        runs = [ids[k : k + length] for k in range(len(ids)) if len(ids[k : k + length]) == length]
        if rule == "first":
            runs = runs[:1]
        if rule == "disjoint":
            runs = runs[::length]
        found.extend(runs)
    return found


def times_of(records: list[Record], duration: float) -> dict[int, float]:
    """Annotation id to the time of its frame, for the descriptions of one video that have one."""
    rows = rows_of(records)
    times = {}
    for start, end, annotation_id in rows:
        group = [row[2] for row in rows if row[:2] == (start, end)]
        begin, stop = 5.0 * start, min(5.0 * (end + 1), 30.0, duration)
        if stop > begin:
            j, m = group.index(annotation_id), len(group)
            times[annotation_id] = begin + (2 * j + 1) / (2 * m) * (stop - begin)
    return times


def rows_of(records: list[Record]) -> list[tuple[int, int, int]]:
    """(start, end, annotation id) of the usable descriptions of one video, in story order."""
    n_chunks = max(record["num_segments"] for record in records)
    rows, seen = [], set()
    for record in sorted(records, key=lambda record: record["annotation_id"]):
        words = record["description"].split()
        if not words:
            continue
        key = " ".join(words).lower()
        while key.endswith("."):
            key = key[:-1]
        if key in seen:
            continue
        seen.add(key)
        start, end = moment_of(record)
        end = end if end < n_chunks else n_chunks - 1
        if start <= end:
            rows.append((start, end, record["annotation_id"]))
    return sorted(rows)


def moment_of(record: Record) -> tuple[int, int]:
    """The moment most annotators gave: of those, the shortest, then the earliest."""
    times = [tuple(time) for time in record["times"]]
    best = max(times.count(time) for time in times)
    modes = [time for time in times if times.count(time) == best]
    shortest = min(end - start for start, end in modes)
    return min(time for time in modes if time[1] - time[0] == shortest)


def stem_of(record: Record) -> str:
    """A video's name without what follows its last dot."""
    return ".".join(record["video"].split(".")[:-1])
