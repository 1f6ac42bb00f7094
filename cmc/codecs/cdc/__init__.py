"""CDC: a hyperprior's latents, coded, and a diffusion model that generates the picture from them (arXiv 2209.06950)."""
