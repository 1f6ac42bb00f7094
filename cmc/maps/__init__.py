"""Maps of where in a picture a text is."""
