"""DiffC: noisy latents sent by reverse channel coding, with a pretrained diffusion model as prior (2501.09815)."""
