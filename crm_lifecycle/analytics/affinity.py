"""Which products are bought together: pairs counted set by set, and what a customer, or a quotation, is likely to want next."""

from collections.abc import Sequence
from datetime import date

from odoo.tools import SQL

from .snapshot import json_object, json_rows, product_name

ITEM_TABLE = SQL("crm_lifecycle_item")
COUNT_TABLE = SQL("crm_lifecycle_item_count")
# A basket of more products says little of each pair, and its pairs grow with the square.
BASKET = 100
# A cosine of pairs that were bought together once only is chance; EASE needs them all.
TOGETHER = 2
STRONGEST = 50
# What goes with a single product is what was most often bought with it: weights are for several products, where they rule each other out.
ALONE = 10


def collect(company_id: int, basis: str, since: date, until: date) -> list[SQL]:
    """Make the temporary tables of distinct (basket, product) of a company from a day to another, and of the baskets of each product."""
    if basis == "orders":
        lines = SQL(
            """SELECT DISTINCT line.order_id AS basket, line.product_id AS product
                 FROM sale_order_line line JOIN sale_order sale ON sale.id = line.order_id
                WHERE line.state = 'sale' AND line.company_id = %s AND sale.date_order >= %s AND sale.date_order < %s + 1 AND line.product_id IS NOT NULL
                  AND line.product_uom_qty > 0 AND line.price_subtotal > 0 AND line.is_downpayment IS NOT TRUE""",
            company_id,
            since,
            until,
        )
    else:
        lines = SQL(
            """SELECT DISTINCT line.move_id AS basket, line.product_id AS product
                 FROM account_move_line line JOIN account_move move ON move.id = line.move_id
                WHERE line.parent_state = 'posted' AND line.company_id = %s AND move.invoice_date BETWEEN %s AND %s
                  AND move.move_type IN ('out_invoice', 'out_receipt') AND line.display_type = 'product' AND line.product_id IS NOT NULL
                  AND line.quantity > 0 AND line.price_subtotal > 0""",
            company_id,
            since,
            until,
        )
    return [
        SQL("CREATE TEMPORARY TABLE IF NOT EXISTS %s (basket integer, product integer) ON COMMIT DELETE ROWS", ITEM_TABLE),
        SQL(
            "CREATE TEMPORARY TABLE IF NOT EXISTS %s (product integer PRIMARY KEY, place integer, baskets integer) ON COMMIT DELETE ROWS",
            COUNT_TABLE,
        ),
        SQL("TRUNCATE %s, %s", ITEM_TABLE, COUNT_TABLE),
        SQL(
            """INSERT INTO %s SELECT basket, product
                 FROM (SELECT basket, product, count(*) OVER (PARTITION BY basket) AS size FROM (%s) line) sized WHERE size <= %s""",
            ITEM_TABLE,
            lines,
            BASKET,
        ),
        SQL(
            """INSERT INTO %s SELECT product, row_number() OVER (ORDER BY product) - 1, baskets
                 FROM (SELECT item.product, count(*) AS baskets FROM %s item
                         JOIN product_product product ON product.id = item.product AND product.active GROUP BY 1) counted""",
            COUNT_TABLE,
            ITEM_TABLE,
        ),
        SQL("ANALYZE %s, %s", ITEM_TABLE, COUNT_TABLE),
    ]


def pairs(least: int) -> SQL:
    """Rows (product, other, together), each pair once that was bought together ``least`` times."""
    return SQL(
        """SELECT one.product, two.product AS other, count(*) AS together
             FROM %s one JOIN %s two ON two.basket = one.basket AND two.product > one.product
            GROUP BY 1, 2 HAVING count(*) >= %s""",
        ITEM_TABLE,
        ITEM_TABLE,
        least,
    )


def size() -> SQL:
    """One row: the number of products."""
    return SQL("SELECT count(*) FROM %s", COUNT_TABLE)


def clear(company_id: int) -> SQL:
    return SQL("DELETE FROM crm_product_affinity WHERE company_id = %s", company_id)


def popularity(company_id: int) -> SQL:
    """Write how many baskets have each product: a product with itself, without a weight."""
    return SQL(
        """INSERT INTO crm_product_affinity (company_id, product_id, other_id, weight, together, baskets)
           SELECT %s, product, product, 0, baskets, baskets FROM %s""",
        company_id,
        COUNT_TABLE,
    )


def cosine(company_id: int) -> SQL:
    """Write the strongest pairs of each product by the cosine, together / √(baskets of one × baskets of the other)."""
    return SQL(
        """
        WITH pair AS (
            %(pairs)s
        ), weighed AS (
            SELECT pair.product, pair.other, pair.together, one.baskets, two.baskets AS other_baskets,
                   pair.together / sqrt(one.baskets::float8 * two.baskets) AS weight
              FROM pair
              JOIN %(counts)s one ON one.product = pair.product
              JOIN %(counts)s two ON two.product = pair.other
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY product ORDER BY weight DESC, other) AS place,
                   row_number() OVER (PARTITION BY product ORDER BY together DESC, other) AS alone
              FROM (SELECT product, other, together, baskets, weight FROM weighed
                    UNION ALL
                    SELECT other, product, together, other_baskets, weight FROM weighed) both_ways
        )
        INSERT INTO crm_product_affinity (company_id, product_id, other_id, weight, together, baskets)
        SELECT %(company)s, product, other, weight, together, baskets FROM ranked WHERE place <= %(strongest)s OR alone <= %(alone)s
        """,
        pairs=pairs(TOGETHER),
        counts=COUNT_TABLE,
        company=company_id,
        strongest=STRONGEST,
        alone=ALONE,
    )


def gram_rows() -> SQL:
    """Rows (place, baskets, others, together) for each product: the places and counts of those bought with it, packed as big-endian integers."""
    return SQL(
        """
        SELECT one.place, one.baskets, string_agg(int4send(two.place), ''::bytea ORDER BY two.place),
               string_agg(int4send(pair.together::integer), ''::bytea ORDER BY two.place)
          FROM %(counts)s one
          LEFT JOIN (%(pairs)s) pair ON pair.product = one.product
          LEFT JOIN %(counts)s two ON two.product = pair.other
         GROUP BY one.place, one.baskets
        """,
        counts=COUNT_TABLE,
        pairs=pairs(1),
    )


def write(company_id: int, rows: Sequence[int], columns: Sequence[int], weights: Sequence[float], together: Sequence[int]) -> SQL:
    """Write these weights; rows and columns are places."""
    return SQL(
        """
        INSERT INTO crm_product_affinity (company_id, product_id, other_id, weight, together, baskets)
        SELECT %(company)s, one.product, two.product, given.weight, given.together, one.baskets
          FROM unnest(%(rows)s::integer[], %(columns)s::integer[], %(weights)s::float8[], %(together)s::integer[])
            AS given (row, col, weight, together)
          JOIN %(counts)s one ON one.place = given.row
          JOIN %(counts)s two ON two.place = given.col
        """,
        company=company_id,
        rows=list(rows),
        columns=list(columns),
        weights=list(weights),
        together=list(together),
        counts=COUNT_TABLE,
    )


# ----------------------------------------------------------------------
# Suggestions
# ----------------------------------------------------------------------


def offered(saleable: SQL, partner_id: int) -> SQL:
    """The condition that a ``product`` is one of the ``saleable`` ones, and nothing that a customer was not interested in."""
    # OFFSET 0: asked for each product found; the planner need not weigh all orders of joining with it.
    return SQL(
        """
        EXISTS (SELECT FROM %s saleable (id) WHERE saleable.id = product.id OFFSET 0) AND NOT EXISTS (
            SELECT FROM crm_product_suggestion own WHERE own.partner_id = %s AND own.product_id = product.id AND own.outcome = 'dismissed')
        """,
        saleable,
        partner_id,
    )


def next_best(company_id: int, partner_id: int, bought: SQL, recent: int, saleable: SQL, today: date, lang: str, limit: int) -> SQL:
    """The lists ``reorder``, ``cross_sell`` and ``up_sell`` of a customer by what they ``bought`` (see ``snapshot.bought``); the latter two by
    their ``recent`` documents."""
    sources, owned = SQL("SELECT product_id FROM bought WHERE place <= %s", recent), SQL("SELECT product_id FROM bought")
    condition = offered(saleable, partner_id)
    return SQL(
        "(WITH bought AS MATERIALIZED (%s) SELECT %s)",
        bought,
        json_object(
            {
                "reorder": reorder(company_id, SQL("SELECT * FROM bought"), condition, today, lang, limit),
                "cross_sell": goes_with(company_id, sources, owned, condition, lang, limit),
                "up_sell": dearer(company_id, sources, owned, condition, lang, limit),
            }
        ),
    )


def reorder(company_id: int, bought: SQL, condition: SQL, today: date, lang: str, limit: int) -> SQL:
    """What the customer buys again and again and meets a condition over ``product``, the most frequent first; among equals the more popular one.

    id, name, times, quantity (of the last time), gap_low and gap_high (the middle half of the days between two times), since (days).
    """
    return json_rows(
        SQL(
            """
            SELECT product.id, %(name)s AS name, own.times, own.quantity, own.gap_low, own.gap_high, own.since
              FROM (SELECT product_id, count(*) AS times, (array_agg(quantity ORDER BY day DESC))[1] AS quantity,
                           percentile_disc(0.25) WITHIN GROUP (ORDER BY gap) AS gap_low,
                           percentile_disc(0.75) WITHIN GROUP (ORDER BY gap) AS gap_high, %(today)s - max(day) AS since
                      FROM (SELECT product_id, day, quantity, day - lag(day) OVER (PARTITION BY product_id ORDER BY day) AS gap
                              FROM (SELECT product_id, day, sum(quantity) AS quantity FROM (%(bought)s) line GROUP BY 1, 2) daily) gaps
                     GROUP BY product_id HAVING count(*) > 1) own
              JOIN product_product product ON product.id = own.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN crm_product_affinity popular
                     ON popular.company_id = %(company)s AND popular.product_id = product.id AND popular.other_id = product.id
             WHERE %(condition)s
             ORDER BY own.times DESC, popular.baskets DESC NULLS LAST, product.id LIMIT %(limit)s
            """,
            name=product_name(lang),
            company=company_id,
            bought=bought,
            condition=condition,
            today=today,
            limit=limit,
        )
    )


def goes_with(company_id: int, sources: SQL, owned: SQL, condition: SQL, lang: str, limit: int) -> SQL:
    """What goes best with the products of ``sources`` and is not among those of ``owned``, both statements of product ids. With one product
    goes what was most often bought with it, with several what their weights speak for.

    id, name, together and baskets (of ``because``'s baskets so many have this one, too), because: the product that speaks for it most.
    """
    return json_rows(
        SQL(
            """
            WITH source AS MATERIALIZED (SELECT DISTINCT product_id FROM (%(sources)s) source (product_id))
            SELECT product.id, %(name)s AS name, found.together, found.baskets,
                   (SELECT %(name)s FROM product_product product JOIN product_template template ON template.id = product.product_tmpl_id
                     WHERE product.id = found.because) AS because
              FROM (SELECT other_id, sum(weight) AS weight, (array_agg(product_id ORDER BY weight DESC))[1] AS because,
                           (array_agg(together ORDER BY weight DESC))[1] AS together, (array_agg(baskets ORDER BY weight DESC))[1] AS baskets
                      FROM crm_product_affinity
                     WHERE company_id = %(company)s AND product_id IN (SELECT product_id FROM source) AND product_id <> other_id
                       AND (weight > 0 OR (SELECT count(*) FROM source) = 1) AND other_id NOT IN (%(owned)s)
                     GROUP BY other_id) found
              JOIN product_product product ON product.id = found.other_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE %(condition)s
             ORDER BY CASE (SELECT count(*) FROM source) WHEN 1 THEN found.together END DESC, found.weight DESC, product.id LIMIT %(limit)s
            """,
            name=product_name(lang),
            company=company_id,
            sources=sources,
            owned=owned,
            condition=condition,
            limit=limit,
        )
    )


def dearer(company_id: int, sources: SQL, owned: SQL, condition: SQL, lang: str, limit: int) -> SQL:
    """Better ones than those bought: an optional product of theirs, or one of the same category up to twice as dear; the popular first.

    id, name, because (what it is compared with), more: by how many per cent it is dearer, null for an optional product.
    """
    return json_rows(
        SQL(
            """
            SELECT product.id, %(name)s AS name, found.because, found.more
              FROM (SELECT DISTINCT ON (better.id) better.id, %(because)s AS because,
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
                     WHERE own.id IN (%(sources)s)
                     ORDER BY better.id, option.dest_id NULLS LAST, better_template.list_price) found
              JOIN product_product product ON product.id = found.id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN crm_product_affinity popular
                     ON popular.company_id = %(company)s AND popular.product_id = product.id AND popular.other_id = product.id
             WHERE product.id NOT IN (%(owned)s) AND %(condition)s
             ORDER BY found.more IS NULL DESC, popular.baskets DESC NULLS LAST, product.id LIMIT %(limit)s
            """,
            name=product_name(lang),
            because=product_name(lang, "own"),
            company=company_id,
            sources=sources,
            owned=owned,
            condition=condition,
            limit=limit,
        )
    )
