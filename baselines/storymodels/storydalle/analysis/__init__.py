"""Whether a model uses its source, and where it looks: `storybench analyse`.

chosen                              whose stories are read
looking, swapping                   where the rows of a frame look, and what another source changes
measuring, spread                   both story by story, and how far to trust their means
heat, panels, picturing, showing    heat maps, and the folder that they are written to
attending                           `storybench analyse attention`
comparing                           real frames with the replayed cross-attention, others, none
replaying                           `storybench analyse replay`
"""
