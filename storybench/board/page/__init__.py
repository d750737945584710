"""From the folder to one static page: rows gathered and ranked, then drawn."""
