"""Rank places and pick the set from which most people in need can newly walk."""
