"""The on-disk format of stories (format 1): writer, reader, index, manifest, verify."""
