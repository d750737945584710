"""What the model is given of a story.

codes     pictures to codes, each distinct picture once, ever
pixels    pictures as the VQGAN takes them
reading   stories of shards, and prompts, as batches
"""
