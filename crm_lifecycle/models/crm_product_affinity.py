import logging
from datetime import timedelta

import numpy as np
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..analytics import affinity, suggestion
from ..domain.affinity import ease, kept

_logger = logging.getLogger(__name__)

HORIZON = timedelta(days=730)
# Up to so many products the weights are those of EASE, whose matrix then takes 100 MB; beyond, the cosine.
PRODUCTS = 5_000
CHUNK = 250
SHOWN = 4


class CrmProductAffinity(models.Model):
    """How much one product in a basket speaks for another one. Written each night by SQL and numpy only."""

    _name = "crm.product.affinity"
    _description = "Product Affinity"
    _order = "product_id, weight desc, id"
    _rec_name = "product_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    other_id = fields.Many2one("product.product", "Goes with", required=True, readonly=True, ondelete="cascade", index=True)
    weight = fields.Float(readonly=True, digits=(16, 4), aggregator="max", help="How much the product speaks for the other one.")
    together = fields.Integer(readonly=True, help="Baskets that have both.")
    baskets = fields.Integer(readonly=True, help="Baskets that have the product.")

    _pair_key = models.UniqueIndex("(company_id, product_id, other_id)")

    @api.model
    @api.readonly
    def goes_with(self, product_ids, partner_id=None):
        """What goes best with products that are on a quotation already, at most four.

        :param list product_ids: the products there are
        :param int partner_id: the contact it is for; what this customer was not interested in is left out
        :return: ``[{"id", "name", "reason"}, …]``
        :raise UserError: if these are no ids
        """
        if not isinstance(product_ids, list | tuple) or len(product_ids) > 1000 or not all(type(product) is int for product in product_ids):
            raise UserError(self.env._("Products are given by a list of their numbers."))
        if partner_id and type(partner_id) is not int:
            raise UserError(self.env._("A contact is given by its number."))
        self.check_access("read")
        if not product_ids:
            return []
        products = SQL("SELECT unnest(%s::integer[])", list(product_ids))
        partners = self.env["res.partner"]
        customer = partners.browse(partner_id or None).exists().commercial_partner_id
        saleable = self.env["product.product"]._search([("sale_ok", "=", True)]).subselect()
        statement = suggestion.goes_with(self.env.company.id, customer.id or 0, products, saleable, self.env.lang or "en_US", SHOWN)
        [(rows,)] = self.env.execute_query(SQL("SELECT %s", statement))
        return [{"id": row["id"], "name": row["name"], "reason": partners._lifecycle_companion_words(row)} for row in rows or []]

    @api.model
    def _cron_compute(self):
        """Compute the affinities of each company; one that fails does not keep the others from theirs."""
        companies = self.env["res.company"].search([])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                with self.env.cr.savepoint():
                    self._compute_company(company)
            except ValueError:
                _logger.exception("The product affinities of company %s keep those of the day before", company.id)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _compute_company(self, company, as_of=None):
        """Write the affinities of a company from its purchases of two years up to ``as_of`` (today). Returns the number of products."""
        self.env.flush_all()
        until = as_of or fields.Date.context_today(self)
        for statement in affinity.collect(company.id, company.lifecycle_basis, until - HORIZON, until):
            self.env.cr.execute(statement)
        [(products,)] = self.env.execute_query(affinity.size())
        self.env.cr.execute(affinity.clear(company.id))
        self.env.cr.execute(affinity.popularity(company.id))
        if products > PRODUCTS:
            self.env.cr.execute(affinity.cosine(company.id))
        elif products:
            self._write_ease(company, products)
        self.invalidate_model()
        return products

    def _write_ease(self, company, products):
        gram = np.zeros((products, products), dtype=np.float32, order="F")
        # By a cursor of the database: whole, the counts would take more memory than the matrix.
        self.env.cr.execute(SQL("DECLARE crm_lifecycle_gram NO SCROLL CURSOR FOR %s", affinity.gram_rows()))
        while rows := self.env.execute_query(SQL("FETCH %s FROM crm_lifecycle_gram", CHUNK)):
            for place, baskets, others, together in rows:
                gram[place, place] = baskets
                if others:
                    columns = np.frombuffer(others, dtype=">i4")
                    gram[place, columns] = gram[columns, place] = np.frombuffer(together, dtype=">i4")
        self.env.cr.execute(SQL("CLOSE crm_lifecycle_gram"))
        counts = np.minimum(gram, np.iinfo(np.uint16).max).astype(np.uint16)
        weights = ease(gram)
        for first in range(0, products, CHUNK):
            chunk = slice(first, first + CHUNK)
            together = counts[chunk].astype(np.float32)
            together[np.arange(len(together)), np.arange(first, first + len(together))] = 0
            rows, columns = kept(weights[chunk], together, affinity.STRONGEST, affinity.ALONE)
            values, numbers = weights[chunk][rows, columns].clip(0), counts[chunk][rows, columns]
            statement = affinity.write(company.id, (rows + first).tolist(), columns.tolist(), values.tolist(), numbers.tolist())
            self.env.cr.execute(statement)
