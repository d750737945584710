"""Film: frames to video files, painted frame numbers, a tune."""
