"""What a customer, or a quotation, is likely to want next: found by their own purchases, by affinity and by price, and shown where it is on offer."""

from collections.abc import Mapping, Sequence
from datetime import date

from odoo.tools import SQL

from .snapshot import json_object, json_rows, product_name


def next_best(company_id: int, partner_id: int, bought: SQL, recent: int, saleable: SQL, today: date, lang: str, limit: int) -> SQL:
    """The lists ``reorder``, ``cross_sell`` and ``up_sell`` of a customer by what they ``bought`` (see ``snapshot.bought``); the latter two by
    their ``recent`` documents. ``saleable``: ids of the products that are sold.

    ``reorder``, what is bought again and again, the most frequent first: id, name, times, quantity (of the last time), gap_low and gap_high (the
    middle half of the days between two times), since (days). ``cross_sell``: see :func:`goes_with`. ``up_sell``, a product's optional products, or
    those of its category up to twice as dear, the popular first: id, name, because (what it is compared with), more: by how many per cent it is
    dearer, null for an optional product.
    """
    found = {"reorder": _reorder(today), "cross_sell": _companions(company_id), "up_sell": _dearer(lang)}
    popular = SQL("offer.baskets DESC NULLS LAST, offer.id")
    reorder_columns = SQL("found.times, found.quantity, found.gap_low, found.gap_high, found.since")
    return _with(
        {
            "bought": bought,
            "owned": SQL("SELECT DISTINCT product_id FROM bought"),
            "source": SQL("SELECT DISTINCT product_id FROM bought WHERE place <= %s", recent),
            **found,
            "offer": _offer(company_id, partner_id, saleable, lang, list(found)),
        },
        json_object(
            {
                "reorder": _listed("reorder", reorder_columns, SQL("found.times DESC, %s", popular), limit),
                "cross_sell": _listed_companions(lang, limit),
                "up_sell": _listed("up_sell", SQL("found.because, found.more"), SQL("found.more IS NULL DESC, %s", popular), limit),
            }
        ),
    )


def goes_with(company_id: int, partner_id: int, products: SQL, saleable: SQL, lang: str, limit: int) -> SQL:
    """What goes best with ``products``, a statement of their ids, and is none of them. With one product goes what was most often bought with
    it, with several what their weights speak for. What the customer, 0 for nobody, was not interested in is left out.

    id, name, together and baskets (of ``because``'s baskets so many have this one, too), because: the product that speaks for it most.
    """
    return _with(
        {
            "source": SQL("SELECT DISTINCT product_id FROM (%s) source (product_id)", products),
            "owned": SQL("SELECT product_id FROM source"),
            "cross_sell": _companions(company_id),
            "offer": _offer(company_id, partner_id, saleable, lang, ["cross_sell"]),
        },
        _listed_companions(lang, limit),
    )


def _with(parts: Mapping[str, SQL], value: SQL) -> SQL:
    named = SQL(", ").join(SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), part) for name, part in parts.items())
    return SQL("(WITH %s SELECT %s)", named, value)


def _offer(company_id: int, partner_id: int, saleable: SQL, lang: str, lists: Sequence[str]) -> SQL:
    """Of the products found in these lists those that are sold and that the customer has not declined: id, name, and in how many ``baskets``."""
    found = SQL(" UNION ").join(SQL("SELECT id FROM %s", SQL.identifier(name)) for name in lists)
    # OFFSET 0: asked for each product found; the planner need not weigh all orders of joining with it.
    return SQL(
        """
        SELECT product.id, %(name)s AS name, popular.baskets
          FROM (%(found)s) found
          JOIN product_product product ON product.id = found.id
          JOIN product_template template ON template.id = product.product_tmpl_id
          LEFT JOIN crm_product_affinity popular
                 ON popular.company_id = %(company)s AND popular.product_id = product.id AND popular.other_id = product.id
         WHERE EXISTS (SELECT FROM %(saleable)s saleable (id) WHERE saleable.id = product.id OFFSET 0) AND NOT EXISTS (
               SELECT FROM crm_product_suggestion own
                WHERE own.partner_id = %(partner)s AND own.product_id = product.id AND own.outcome = 'dismissed')
        """,
        name=product_name(lang),
        found=found,
        company=company_id,
        saleable=saleable,
        partner=partner_id,
    )


def _listed(name: str, columns: SQL, order: SQL, limit: int) -> SQL:
    return json_rows(
        SQL(
            "SELECT offer.id, offer.name, %s FROM %s found JOIN offer ON offer.id = found.id ORDER BY %s LIMIT %s",
            columns,
            SQL.identifier(name),
            order,
            limit,
        )
    )


def _listed_companions(lang: str, limit: int) -> SQL:
    because = SQL(
        """(SELECT %s FROM product_product product JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE product.id = found.because)""",
        product_name(lang),
    )
    order = SQL("CASE (SELECT count(*) FROM source) WHEN 1 THEN found.together END DESC, found.weight DESC, offer.id")
    return _listed("cross_sell", SQL("found.together, found.baskets, %s AS because", because), order, limit)


def _reorder(today: date) -> SQL:
    return SQL(
        """
        SELECT product_id AS id, count(*) AS times, (array_agg(quantity ORDER BY day DESC))[1] AS quantity,
               percentile_disc(0.25) WITHIN GROUP (ORDER BY gap) AS gap_low,
               percentile_disc(0.75) WITHIN GROUP (ORDER BY gap) AS gap_high, %s - max(day) AS since
          FROM (SELECT product_id, day, quantity, day - lag(day) OVER (PARTITION BY product_id ORDER BY day) AS gap
                  FROM (SELECT product_id, day, sum(quantity) AS quantity FROM bought GROUP BY 1, 2) daily) gaps
         GROUP BY product_id HAVING count(*) > 1
        """,
        today,
    )


def _companions(company_id: int) -> SQL:
    return SQL(
        """
        SELECT other_id AS id, sum(weight) AS weight, (array_agg(product_id ORDER BY weight DESC))[1] AS because,
               (array_agg(together ORDER BY weight DESC))[1] AS together, (array_agg(baskets ORDER BY weight DESC))[1] AS baskets
          FROM crm_product_affinity
         WHERE company_id = %s AND product_id IN (SELECT product_id FROM source) AND product_id <> other_id
           AND (weight > 0 OR (SELECT count(*) FROM source) = 1) AND other_id NOT IN (SELECT product_id FROM owned)
         GROUP BY other_id
        """,
        company_id,
    )


def _dearer(lang: str) -> SQL:
    return SQL(
        """
        SELECT DISTINCT ON (better.id) better.id, %s AS because,
               CASE WHEN option.dest_id IS NULL THEN round((better_template.list_price / own_template.list_price - 1) * 100) END AS more
          FROM product_product own
          JOIN product_template own_template ON own_template.id = own.product_tmpl_id
          JOIN product_template better_template
            ON better_template.id <> own_template.id AND (
               better_template.categ_id = own_template.categ_id AND own_template.list_price > 0
                 AND better_template.list_price > own_template.list_price * 1.05
                 AND better_template.list_price <= own_template.list_price * 2
               OR better_template.id IN (SELECT dest_id FROM product_optional_rel WHERE src_id = own_template.id))
          LEFT JOIN product_optional_rel option ON option.src_id = own_template.id AND option.dest_id = better_template.id
          JOIN product_product better ON better.product_tmpl_id = better_template.id
         WHERE own.id IN (SELECT product_id FROM source) AND better.id NOT IN (SELECT product_id FROM owned)
         ORDER BY better.id, option.dest_id NULLS LAST, better_template.list_price
        """,
        product_name(lang, "own"),
    )
