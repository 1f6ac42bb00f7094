"""The subjective study: people rate reconstructions beside their references, and votes become opinion scores."""
