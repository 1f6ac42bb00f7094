"""What knows no model: files, pictures, folders, names, bits."""
