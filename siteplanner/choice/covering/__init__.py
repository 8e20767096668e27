"""Covering: most people reached by so many sites, or fewest sites that reach them."""
