"""MISC (arXiv 2402.16749): a decoder that is told of a picture's items, and where they are, before the whole."""
