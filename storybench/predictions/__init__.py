"""Generated frames on disk: the canonical store and the doctor that checks it."""
