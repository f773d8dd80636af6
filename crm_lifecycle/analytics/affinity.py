"""Which products are bought together: pairs counted set by set."""

from collections.abc import Sequence
from datetime import date

from odoo.tools import SQL

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
