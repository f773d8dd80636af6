"""Set-based SQL of complaint handling."""
