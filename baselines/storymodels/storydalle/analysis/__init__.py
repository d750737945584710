"""Whether a model uses its source, and where it looks: `storybench analyse`.

looking, swapping                   where the rows of a frame look, and what another source changes
measuring, spread                   both story by story, and how far to trust their means
heat, panels, picturing, showing    heat maps, and the folder that they are written to
attending                           `storybench analyse attention`
replaying                           `storybench analyse replay`
"""
