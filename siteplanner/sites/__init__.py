"""Candidate sites, and why each of the others is out."""

from siteplanner.sites.finding import Candidates, find
from siteplanner.sites.shape import width_m
from siteplanner.sources.relief import slope_percent

__all__ = ["Candidates", "find", "slope_percent", "width_m"]
