"""From pictures' scores to tables: means, intervals, bits, provenance."""
