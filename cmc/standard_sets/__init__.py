"""Sets of pictures that papers report on: what is known of each, and how it gets into a workspace."""
