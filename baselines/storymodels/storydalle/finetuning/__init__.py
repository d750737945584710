"""A pretrained model learns stories: `storybench train storydalle`.

starting   what is at hand, public or ours, becomes the model that a preset asks for
train      what a step learns from
trainer    the command
"""
