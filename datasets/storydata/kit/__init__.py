"""Steps the builders share: raw folders, captions, windows, drops, frames; and how a build runs."""
