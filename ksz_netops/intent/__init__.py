"""What we want: the files of an inventory, as values that were checked."""
