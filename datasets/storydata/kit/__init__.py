"""Steps the builders share: raw folders, frames, captions, windows, drops, build, engines."""
