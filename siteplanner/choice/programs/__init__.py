"""Choices as mixed-integer programs for HiGHS: proven answers, and why there is none."""
