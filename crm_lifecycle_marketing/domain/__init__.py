"""Arithmetic of campaigns in plain Python, without Odoo."""
