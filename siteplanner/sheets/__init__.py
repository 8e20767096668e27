"""Sheets of paper: layers as pages to print, to write on, and to find one's way back from."""
