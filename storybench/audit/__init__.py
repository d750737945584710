"""What a build of shards hides: leaks between splits, twins of pictures, labels, captions.

::

    material    every story, frame and picture, read once, as numbers (`album`: the pictures)
    sharing     frames, clips and episodes in two splits
    near        near-duplicates
    windows     stories that overlap
    labels      labels against captions, and against what is `known` from outside
    captions    how captions are written
    findings    what the numbers mean, and what to do
    audit       all of it together: the one function to call
    tables      the numbers as rows, for a terminal and for the page that `page` writes

Nothing but the shards is read: no raw release, no network, no model.
"""
