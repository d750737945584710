"""The character classifier: fit on any labelled build, loaded, judged on real frames.

`fit` and `card` are what the commands call; `load` gives a `Classifier`, whose extractor has logits
as features, so that the feature cache serves it like any other network.
"""
