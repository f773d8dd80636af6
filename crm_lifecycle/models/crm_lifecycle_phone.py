from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain import phone
from .crm_lifecycle_phone_owner import FOLLOWED

BATCH = 2000
MAYBE_LIMIT = 6
KNOWN_LIMIT = 20
# Of a number that thousands of contacts share, so many are looked at.
READ_LIMIT = 60
READ_OF = {
    "res.partner": ["active", "commercial_partner_id", "complete_name"],
    "crm.lead": ["active", "partner_id", "contact_name", "partner_name", "name"],
}


class Match(NamedTuple):
    """A contact or a lead that may be calling. ``known``: its number is the caller's; else only the last nine digits are."""

    partner_id: int | None
    lead_id: int | None
    name: str
    known: bool
    preferred: bool
    family_id: int | None


class CrmLifecyclePhone(models.Model):
    """Every number of every contact and lead, in the one form by which a caller is found.

    Rows of source ``field`` repeat the phone field of their contact or lead and are kept by hooks; the others are people's.
    """

    _name = "crm.lifecycle.phone"
    _description = "Phone Number"
    _order = "preferred desc, id"
    _rec_name = "number"
    _log_access = False
    # Whoever reads the numbers has those that wait to be written written first.
    _depends = {"res.partner": FOLLOWED, "crm.lead": FOLLOWED}

    partner_id = fields.Many2one("res.partner", "Contact", ondelete="cascade", index="btree_not_null")
    lead_id = fields.Many2one("crm.lead", ondelete="cascade", index="btree_not_null")
    number = fields.Char(required=True, help="As somebody wrote it.")
    label = fields.Char(help="Whose or which number it is: mobile, secretary, warehouse.")
    source = fields.Selection(
        [("field", "Phone field"), ("extra", "Added by hand"), ("call", "Learnt from a call")],
        required=True,
        default="extra",
        readonly=True,
    )
    e164 = fields.Char(
        "International",
        compute="_compute_number",
        store=True,
        help="The number in one form for all spellings. Empty: it cannot be read beyond doubt.",
    )
    suffix = fields.Char("Last Nine Digits", compute="_compute_number", store=True)
    preferred = fields.Boolean(readonly=True, help="Chosen by an agent among several who share the number.")

    _owner = models.Constraint("CHECK ((partner_id IS NULL) != (lead_id IS NULL))", "A number belongs to either a contact or a lead.")
    _e164_idx = models.Index("(e164, preferred DESC, id) WHERE e164 IS NOT NULL")
    _suffix_idx = models.Index("(suffix, preferred DESC, id) WHERE suffix IS NOT NULL")

    @api.depends("number")
    def _compute_number(self):
        for row in self:
            read = phone.read(row.number, row._region())
            row.e164 = read and read.e164
            row.suffix = read and read.suffix

    @api.constrains("number")
    def _check_number(self):
        for row in self.filtered(lambda row: row.source != "field"):
            if not phone.read(row.number, row._region()):
                raise ValidationError(
                    self.env._(
                        "%(number)s is no telephone number: enter it with its area code, or with + and its country code.",
                        number=row.number[:60],
                    )
                )

    def _region(self):
        owner = self.partner_id or self.lead_id
        return _region_of(owner.sudo(), self.env.company)

    @api.model
    def _match(self, number, region, company_id) -> list[Match]:
        """Who may be calling: contacts and leads of the company with exactly this number, or else up to six with the same last nine digits.

        Somebody whom an agent chose for this number before comes first, and alone. One query.
        """
        read = phone.read(number, region)
        if not read:
            return []
        self.flush_model()
        for model, names in READ_OF.items():
            self.env[model].flush_model([*names, *FOLLOWED])
        rows = self.env.execute_query(self._match_query(read, company_id))
        found: dict[tuple, Match] = {}
        for partner_id, lead_id, known, preferred, family_id, name in rows:
            found.setdefault((partner_id, lead_id), Match(partner_id, lead_id, name or "", known, preferred, family_id))
        matches = list(found.values())
        if matches and matches[0].preferred:
            return matches[:1]
        return matches[: KNOWN_LIMIT if matches and matches[0].known else MAYBE_LIMIT]

    @api.model
    def _match_query(self, read, company_id) -> SQL:
        """Rows: partner, lead, known, preferred, family, name."""
        return SQL(
            """
            WITH exact AS MATERIALIZED (
                SELECT id, partner_id, lead_id, preferred, true AS known
                  FROM crm_lifecycle_phone WHERE e164 = %(e164)s ORDER BY preferred DESC, id LIMIT %(limit)s
            ), alike AS (
                SELECT id, partner_id, lead_id, preferred, false AS known
                  FROM crm_lifecycle_phone WHERE suffix = %(suffix)s AND NOT EXISTS (SELECT FROM exact)
                 ORDER BY preferred DESC, id LIMIT %(limit)s
            )
            SELECT partner.id, CASE WHEN partner.id IS NULL THEN lead.id END, row.known, row.preferred, partner.commercial_partner_id,
                   COALESCE(partner.complete_name, lead.contact_name, lead.partner_name, lead.name)
              FROM (SELECT * FROM exact UNION ALL SELECT * FROM alike) row
              LEFT JOIN crm_lead lead ON lead.id = row.lead_id AND lead.active
               AND (lead.company_id = %(company)s OR lead.company_id IS NULL)
              LEFT JOIN res_partner partner ON partner.id = COALESCE(row.partner_id, lead.partner_id) AND partner.active
               AND (partner.company_id = %(company)s OR partner.company_id IS NULL)
             WHERE partner.id IS NOT NULL OR lead.id IS NOT NULL
             ORDER BY row.preferred DESC, row.lead_id IS NOT NULL, row.id
            """,
            e164=read.e164,
            suffix=read.suffix,
            company=company_id,
            limit=READ_LIMIT,
        )

    @api.model
    def _remember(self, number, region, owner):
        """Whoever calls from this number is ``owner`` from now on: a contact or a lead. Two or three queries."""
        read = phone.read(number, region)
        if not read:
            return
        key = Domain("e164", "=", read.e164) if read.e164 else Domain("suffix", "=", read.suffix)
        field = "partner_id" if owner._name == "res.partner" else "lead_id"
        rows = self.sudo().search(key & (Domain("preferred", "=", True) | Domain(field, "=", owner.id)), limit=READ_LIMIT)
        own = rows.filtered(lambda row: row[field].id == owner.id)[:1]
        (rows - own).filtered("preferred").preferred = False
        if own:
            own.preferred = True
        else:
            self.sudo().create({field: owner.id, "number": read.e164 or number, "source": "call", "preferred": True})

    @api.model
    def _follow(self, model, ids):
        """Make the rows of source ``field`` repeat the phone fields of these contacts or leads, as they are in the table. Two queries."""
        if ids:
            self._write_fields(model, ids, self._owners(model, SQL("owner.id = ANY(%s)", list(ids))))

    @api.model
    def _owners(self, model, condition, limit=None):
        """[(id, text, region)] of the contacts or leads with something in their phone field."""
        self.env.cr.execute(
            SQL(
                """
                SELECT owner.id, owner.phone, COALESCE(own.code, firm.code)
                  FROM %(table)s owner
                  LEFT JOIN res_country own ON own.id = owner.country_id
                  LEFT JOIN res_company company ON company.id = COALESCE(owner.company_id, %(company)s)
                  LEFT JOIN res_partner address ON address.id = company.partner_id
                  LEFT JOIN res_country firm ON firm.id = address.country_id
                 WHERE owner.phone IS NOT NULL AND owner.phone != '' AND %(condition)s
                 ORDER BY owner.id LIMIT %(limit)s
                """,
                table=SQL.identifier(self.env[model]._table),
                company=self.env.company.id,
                condition=condition,
                limit=limit,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _write_fields(self, model, ids, numbers) -> None:
        """``numbers``: (owner id, text, region) of the owners among ``ids`` that may have one. Rows that stay as they are are not touched."""
        self.flush_model()
        wanted = [
            (owner_id, text, read and read.e164, read and read.suffix)
            for owner_id, text, region in numbers
            for read in phone.read_all(text, region) or [None]
        ]
        owners, texts, e164s, suffixes = map(list, zip(*wanted, strict=True)) if wanted else ([], [], [], [])
        self.env.cr.execute(
            SQL(
                """
                WITH wanted AS MATERIALIZED (
                    SELECT w.*, row_number() OVER (PARTITION BY owner ORDER BY place) AS turn
                      FROM unnest(%(owners)s::int[], %(texts)s::text[], %(e164s)s::text[], %(suffixes)s::text[])
                           WITH ORDINALITY w (owner, text, e164, suffix, place)
                ), present AS MATERIALIZED (
                    SELECT id, %(column)s AS owner, row_number() OVER (PARTITION BY %(column)s ORDER BY id) AS turn
                      FROM crm_lifecycle_phone WHERE source = 'field' AND %(column)s = ANY(%(ids)s)
                ), gone AS (
                    DELETE FROM crm_lifecycle_phone p USING present LEFT JOIN wanted USING (owner, turn)
                     WHERE p.id = present.id AND wanted.owner IS NULL
                ), changed AS (
                    UPDATE crm_lifecycle_phone p SET number = wanted.text, e164 = wanted.e164, suffix = wanted.suffix, preferred = false
                      FROM present JOIN wanted USING (owner, turn)
                     WHERE p.id = present.id AND (p.number, p.e164, p.suffix) IS DISTINCT FROM (wanted.text, wanted.e164, wanted.suffix)
                )
                INSERT INTO crm_lifecycle_phone (%(column)s, number, e164, suffix, source, preferred)
                SELECT owner, text, e164, suffix, 'field', false
                  FROM wanted LEFT JOIN present USING (owner, turn) WHERE present.id IS NULL
                """,
                owners=owners,
                texts=texts,
                e164s=e164s,
                suffixes=suffixes,
                ids=list(ids),
                column=_column(model),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _forget(self, model):
        """Remove the rows that repeat what is no longer in the phone field."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_lifecycle_phone p USING %s owner
                 WHERE p.%s = owner.id AND p.source = 'field' AND p.number IS DISTINCT FROM owner.phone
                """,
                SQL.identifier(self.env[model]._table),
                _column(model),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _missing(self, model, after, limit):
        """(id, text, region) of the next contacts or leads whose phone field the index does not repeat."""
        repeated = SQL(
            "EXISTS (SELECT FROM crm_lifecycle_phone p WHERE p.%s = owner.id AND p.source = 'field' AND p.number = owner.phone)",
            _column(model),
        )
        return self._owners(model, SQL("owner.id > %s AND NOT %s", after, repeated), limit)

    @api.model
    def _backfill(self, limit=BATCH, progress=None) -> int:
        """Index every phone field that is not indexed yet, ``limit`` owners at a time, and forget what is gone. Returns the number of owners.

        ``progress(count)`` is called after each batch and may commit; it stops the work by returning something false.
        Killed half-way, it goes on where it was.
        """
        total = 0
        for model in ("res.partner", "crm.lead"):
            after = 0
            self.env[model].flush_model(FOLLOWED)
            self._forget(model)
            while rows := self._missing(model, after, limit):
                self._write_fields(model, [row[0] for row in rows], rows)
                after = rows[-1][0]
                total += len(rows)
                if progress and not progress(len(rows)):
                    return total
        return total

    @api.model
    def _read_again(self, companies):
        """Have the numbers read again that could not be read so far, where the country of these companies decides."""
        self.flush_model()
        for model in ("res.partner", "crm.lead"):
            self.env.cr.execute(
                SQL(
                    """
                    DELETE FROM crm_lifecycle_phone p USING %s owner
                     WHERE p.%s = owner.id AND p.source = 'field' AND p.e164 IS NULL AND owner.country_id IS NULL
                       AND (owner.company_id IS NULL OR owner.company_id = ANY(%s))
                    """,
                    SQL.identifier(self.env[model]._table),
                    _column(model),
                    companies.ids,
                )
            )
        self.invalidate_model(flush=False)
        self.env.ref("crm_lifecycle.ir_cron_phones").sudo()._trigger()

    @api.model
    def _cron_backfill(self):
        """Index what came into the database by other ways than Odoo's models, and everything after the installation."""
        self._backfill(progress=lambda count: self.env["ir.cron"]._commit_progress(count, remaining=BATCH))
        self.env["ir.cron"]._commit_progress(0, remaining=0)

    @api.model
    def _keep_merged(self, source_ids, partner):
        """Before contacts are merged: what was their phone field becomes a number of the contact that stays, unless it has it already."""
        self.env["res.partner"].flush_model(FOLLOWED)
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_lifecycle_phone p WHERE partner_id = ANY(%(sources)s) AND EXISTS (
                    SELECT FROM crm_lifecycle_phone other WHERE other.suffix = p.suffix AND other.e164 IS NOT DISTINCT FROM p.e164
                       AND (other.partner_id = %(kept)s OR other.partner_id = ANY(%(sources)s) AND other.id < p.id));
                UPDATE crm_lifecycle_phone SET source = 'extra' WHERE partner_id = ANY(%(sources)s) AND source = 'field'
                """,
                sources=list(source_ids),
                kept=partner.id,
            )
        )
        self.invalidate_model(flush=False)


def _column(model):
    return SQL.identifier("partner_id" if model == "res.partner" else "lead_id")


def _region_of(record, company):
    """ISO code of the country in which a number of this contact or lead is dialled."""
    return record.country_id.code or (record.company_id or company).country_id.code or None
