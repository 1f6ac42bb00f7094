"""Stable Diffusion's safety checker over pictures of any decoder: its scores and flags, which change no picture."""
