"""Past sales from a file into Odoo, as an accountant would book them.

The file has the layout of the UCI Online Retail data set: one line a product sold, with the number of its invoice. What
becomes of each kind of line:

- ``536365`` (digits): an invoice. Lines at price 0 are booked at 0, also with a negative quantity (stock written off).
  An invoice whose total is negative is booked as what it is: a credit note, with the quantities turned round.
- ``C536379``: a credit note with positive quantities. It reverses the latest earlier invoice of the same customer that
  has most of its products at the same price and in at least the quantity not yet credited; it is reconciled with it, as
  Odoo does on posting. Without such an invoice, and for sales without a customer, it stands alone.
- ``A563185`` (an adjustment by hand): an invoice when positive; a negative price is reported like any other.
- no customer: booked on one customer named "Sales without a customer".
- no invoice number, no product, a quantity of 0 or not whole, a negative price, a date that cannot be, an unknown country,
  too few columns, another customer than the invoice's first line has: not booked, but reported with line number and reason.

Prices are net: no taxes are put on the lines. An invoice is due on its own date. Its number in the file is its reference,
Odoo's own numbering goes on. What was loaded before is recognised by external ids and never booked again.

A file that is not what it should be (missing, not gzip, cut off, other columns, not UTF-8, endless lines) is refused as a whole.
"""
