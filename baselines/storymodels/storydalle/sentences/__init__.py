"""Sentence embeddings of captions, which the story encoder reads.

encoder       what every encoder is
hashed        made from the words alone: no weights, no files, the same everywhere
local         a MiniLM-class encoder from a folder, through transformers
releases      vectors that the authors computed and handed out with the data
precomputed   those vectors by caption
remembered    each caption encoded once, ever
opening       from what a user asks for, or what a checkpoint recorded, to an encoder
"""
