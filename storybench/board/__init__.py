"""The leaderboard: `submissions` writes a folder, `check` finds its faults, `page` draws it.

`reported` reads the published numbers that are shown apart. Nothing here scores anything.
"""
