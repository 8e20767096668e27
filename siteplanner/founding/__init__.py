"""Projects from OpenStreetMap: their layers, their first scenarios, and how to take them anew."""

from siteplanner.founding.making import Asking, found, refresh

__all__ = ["Asking", "found", "refresh"]
