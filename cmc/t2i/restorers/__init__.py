"""Networks and samplers of the restorative decoders, rebuilt from the papers on diffusers' and transformers' layers."""
