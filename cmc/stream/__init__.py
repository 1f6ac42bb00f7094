"""The `.cmc` stream: an image as a header of 8 bytes, a caption, and a codec stream or a grid of pixels."""
