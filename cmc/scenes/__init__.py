"""Scenes: pictures drawn from a seed, whose content is known, so that captions and reconstructions can be judged."""
