"""A raw FlintstonesSV release of the toy world."""

from storydata.twin.flintstones.release import write_release

__all__ = ["write_release"]
