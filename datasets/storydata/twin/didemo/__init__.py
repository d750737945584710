"""A raw DiDeMo release of the toy world."""

from storydata.twin.didemo.release import write_release

__all__ = ["write_release"]
