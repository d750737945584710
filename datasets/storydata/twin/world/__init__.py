"""The toy world: who lives there, where, what happens, and the pictures of it."""
