"""Rate-distortion: curves, Bjontegaard deltas, who is better at equal rate."""
