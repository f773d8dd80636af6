"""Questions to the database over whole sets, as SQL."""
