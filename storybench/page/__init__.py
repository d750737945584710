"""Pages that stand alone: one HTML file, opened from disk, in one style and without a network.

`document` renders templates with a content security policy around them, `thumbnail` makes pictures
small. The leaderboard's look is in `templates/base.css`.
"""
