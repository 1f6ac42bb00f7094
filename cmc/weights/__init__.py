"""Loading weights so that every one finds its place, from files, folders and the hub."""
