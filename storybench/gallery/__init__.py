"""Look at stories: one HTML page of many (`page`), a contact sheet (`sheet`), one alone (`show`).

`choosing` says which of a large dataset; `blocks` draws a picture in a terminal.
"""
