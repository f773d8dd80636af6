"""Rules of the customer lifecycle as plain Python: no Odoo here."""

from . import health, rfm, stages
