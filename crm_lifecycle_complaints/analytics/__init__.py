"""Set-based SQL of complaint handling."""

"""Questions to the database over whole sets, as SQL."""
