"""StoryDALL-E: a pretrained text-to-image transformer retro-fitted to continue stories.

Maharana, Hannan and Bansal, "StoryDALL-E: Adapting Pretrained Text-to-Image Transformers for Story
Continuation" (ECCV 2022, arXiv 2209.06192). Every frame is drawn on its own from its caption, from
a story vector that has read the captions up to it, and from the source frame, which the retro
cross-attention lets every row of text and picture look at.

    sizes       how large every part is: MINDALLE
    switches    where the public code differs from the paper: PAPER, RELEASED
    vqgan       pictures to codes and back
    attention, transformer      text and codes to logits
    story, retro, prompt        what is added to the pretrained transformer
    model       the whole
    tokenizer, sentences        captions to tokens and to vectors
    codes, pixels, reading      pictures to codes, and stories as the model is given them
    decoding    one code after the other, with a cache
    sampling    which code is taken
    generating, memory          stories to pictures, and what that takes
    saved       a model in a folder
    opening, asked, public      from a path and options to a model that draws
    replay, replaying           the cross-attention that the public code lost
    tuning      which parameters move
    checkpoints public files to models
    names       tensors under the names of the public checkpoints
"""
