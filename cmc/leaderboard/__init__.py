"""Rankings among the published rows, and submissions."""
