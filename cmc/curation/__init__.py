"""From folders of candidates to a ground truth: measure, choose, look at, copy."""
