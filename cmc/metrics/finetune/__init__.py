"""Fine-tuning a metric to opinion scores."""
