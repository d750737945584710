"""A text-to-image model from nothing: pictures, captions, then sharp outlines.

singles         single frames of builds with their captions
stage1          what a VQGAN is trained for, and `codebook` how its codes are learned
pictures        stage one as a task
captions        stage two: from captions to codes
discriminator   the judge of pictures that are drawn again
sharpening      stage three, with that judge: the decoder draws sharper, codes stay what they are
"""
