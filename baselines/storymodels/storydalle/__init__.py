"""StoryDALL-E: a pretrained text-to-image transformer retro-fitted to continue stories.

Maharana, Hannan and Bansal, "StoryDALL-E: Adapting Pretrained Text-to-Image Transformers for Story
Continuation" (ECCV 2022, arXiv 2209.06192). Every frame is drawn on its own from its caption, from
a story vector that has read the captions up to it, and from the source frame, which the retro
cross-attention lets every row of text and picture look at.

    sizes       how large every part is: MINDALLE, TWIN
    switches    where the public code differs from the paper: PAPER, RELEASED
    vqgan       pictures to codes and back
    attention, transformer      text and codes to logits
    story, retro, prompt        what is added to the pretrained transformer
    model       the whole
    tokenizer   captions to tokens
    cache       keys and values of the rows so far
    steps, compiled     from one code to the next; by a compiled program
    decoding    one code after the other, with a cache
    sampling    which code is taken
    tuning      which parameters move
    presets     named ways to train
    study       the paper's claims in miniature
    exact, options, sheet       float32 as it is written; options by name; pictures to look at
    train_options       those of `storybench train`

and the rooms

    sentences/  captions to vectors
    inputs/     pictures to codes, and stories as the model is given them
    checkpoints/        our folders and the public files to models, under either's names; the
                        cross-attention that the public code lost
    drawing/    from a path and options to pictures
    finetuning/ from pretrained weights to a model that continues stories
    analysis/   where a model looks, and what another source changes
    pretraining/        a text-to-image model from nothing
    twin/       the small one that comes with the package
"""
