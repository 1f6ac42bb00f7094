"""Structured captions (`cmc.core.items`) out of what a model answered, in whatever form."""
