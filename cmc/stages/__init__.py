"""The loops from folders to folders: captions, pictures, scores, references, codec baselines."""
