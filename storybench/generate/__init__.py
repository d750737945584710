"""Have a model draw: the targets of every story of a split, or a story of one's own."""

from storybench.generate.finding import find
from storybench.generate.own_story import OwnStory, tell
from storybench.generate.run import generate, story_seed

__all__ = ["OwnStory", "find", "generate", "story_seed", "tell"]
