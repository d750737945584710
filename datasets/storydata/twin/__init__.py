"""A procedural cartoon world that writes itself as the raw releases it imitates."""
