"""DiDeMoSV: real videos, three frames a story."""
