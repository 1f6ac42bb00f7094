"""Decoders (text and reference to image), one family a file; importing this package loads no model library."""
