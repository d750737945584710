"""A raw PororoSV release of the toy world."""

from storydata.twin.pororo.release import write_release

__all__ = ["write_release"]
