"""What ``domain.rhythm`` reads."""

from odoo.tools import SQL

from .binary import EPOCH

# Fewer gaps than this say nothing of a segment.
MIN_GAPS = 30
# For so many months from the first version on, long gaps cannot have been seen yet.
YOUNG_MONTHS = 6


def segment_of_partner() -> SQL:
    """The segment that a company's customer is compared with, as a number: 0 for all, else a country, an industry or a tag.

    A customer with several tags is compared with those of the first one in the company's list.
    """
    return SQL(
        """
        CASE company.lifecycle_segment
             WHEN 'country' THEN COALESCE(partner.country_id, 0)
             WHEN 'industry' THEN COALESCE(partner.industry_id, 0)
             WHEN 'tag' THEN COALESCE((
                 SELECT listed.category_id
                   FROM crm_lifecycle_tag listed
                   JOIN res_partner_res_partner_category_rel own ON own.category_id = listed.category_id
                  WHERE listed.company_id = company.id AND own.partner_id = partner.id
                  ORDER BY listed.sequence, listed.id
                  LIMIT 1
             ), 0)
             ELSE 0 END
        """
    )


def segmented_purchases(purchase_days: SQL, segmented: bool) -> SQL:
    """Rows (partner_id, company_id, day, segment) of purchase days, each with the segment of its customer as a number.

    ``segmented``: whether any company has segments; otherwise all are 0.
    """
    if not segmented:
        return SQL("SELECT partner_id, company_id, day - %s, 0 FROM (%s) purchase", EPOCH, purchase_days)
    return SQL(
        """
        SELECT purchase.partner_id, purchase.company_id, purchase.day - %s, %s
          FROM (%s) purchase
          JOIN res_company company ON company.id = purchase.company_id
          JOIN res_partner partner ON partner.id = purchase.partner_id
        """,
        EPOCH,
        segment_of_partner(),
        purchase_days,
    )
