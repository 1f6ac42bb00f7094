"""Encoders (image to text), one family a file; importing this package loads no model library."""
