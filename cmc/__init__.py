"""Cross-Modality Compression: image to text, text back to image, scored and counted in real bits."""

__version__ = "0.1.0"
