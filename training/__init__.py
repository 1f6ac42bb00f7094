"""How the tiny models in models/tiny were made: `python -m training.vae`, `.diffusion`, `.captioner`, `.topiq`,
`.clip`."""
