"""What a project has, what is odd about it, and what could be added."""

from siteplanner.diagnosis.diagnosing import diagnose
from siteplanner.diagnosis.finding import Diagnosis, Finding

__all__ = ["Diagnosis", "Finding", "diagnose"]
