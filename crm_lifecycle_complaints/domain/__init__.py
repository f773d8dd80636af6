"""Rules of complaint handling in plain Python, without Odoo."""
