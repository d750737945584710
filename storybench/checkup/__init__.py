"""What the doctor found, as a page and as plain values: evidence beside the pictures themselves."""

from storybench.checkup.page import render_page, write_page
from storybench.checkup.record import record
from storybench.checkup.remap import write_mapping

__all__ = ["record", "render_page", "write_mapping", "write_page"]
