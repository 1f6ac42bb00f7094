"""Codecs, one family a file."""
