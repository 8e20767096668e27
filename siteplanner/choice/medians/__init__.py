"""Models on a table of travel costs: the p-median, the p-center and the p-dispersion."""
