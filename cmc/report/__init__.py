"""The report: one HTML file to look at, and the figures of a paper."""
