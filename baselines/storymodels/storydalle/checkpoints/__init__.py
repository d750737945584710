"""Files with a StoryDALL-E in them: ours, and those that others published.

saved      a model in a folder: JSON, safetensors, tokenizer
upstream   minDALL-E's release and StoryDALL-E's `.pth` files, read without running anything in them
names      our tensors under the names of public checkpoints, and back
public     a `.pth`, with what it needs beside its weights
replay     the cross-attention that no public file has, drawn again from its seed
"""
