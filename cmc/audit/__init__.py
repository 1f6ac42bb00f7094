"""The semantic audit: a fixed form about a picture, how an answer is read as one, and how two of them agree."""
