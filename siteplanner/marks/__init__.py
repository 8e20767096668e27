"""Marks: what people wrote on sheets of paper, read from photos, confirmed, made a layer."""
