"""A release of DiDeMoSV's frames, by the toy world."""

from storydata.twin.didemosv.release import write_release

__all__ = ["write_release"]
