"""Matrices of settings: plans, presets of the paper, what became of them, and the search through them."""
