"""A text-to-image model from nothing: its pictures, their outlines, then captions.

singles         single frames of builds with their captions
stage1          what a VQGAN is trained for, and `codebook` how its codes are learned
pictures        stage one as a task
discriminator   the judge of pictures that are drawn again
sharpening      its task: the decoder draws sharper, codes stay what they are
captions        stage two: from captions to codes
"""
