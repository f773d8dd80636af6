"""What complaints teach, as SQL over sets. The only place where lessons name columns."""

from odoo.tools import SQL, Query


def annual_revenue() -> SQL:
    """What a customer (``customer``, of crm_lifecycle_customer) brings in a year.

    The forecast of the next year where there is one, else the mean of the years since the first purchase, at least one.
    """
    return SQL(
        "COALESCE(customer.expected_purchases * customer.expected_spend, "
        "customer.net_revenue * 365.0 / GREATEST(365, CURRENT_DATE - customer.first_purchase_date), 0)"
    )


def pareto(days: int, lang: str, unknown: str) -> SQL:
    """A row for each company and cause: complaints, cost of redress, revenue at risk, each with its cumulated share.

    Complaints received in the last ``days``. A customer's revenue counts once for each cause. Trend: the last 28 days against the 84 before,
    by the normal approximation of the difference of two Poisson counts; said only beyond 1.96 standard deviations.

    :param lang: the language of the causes' names
    :param unknown: the name of no cause
    """
    return SQL(
        """
        WITH concerned AS (
            SELECT company_id, COALESCE(occurrence_cause_id, 0) AS cause, commercial_partner_id, count(*) AS complaints,
                   count(*) FILTER (WHERE NOT is_closed) AS open,
                   count(*) FILTER (WHERE received_at >= (SELECT timezone('UTC', now()) - interval '28 days')) AS recent,
                   count(*) FILTER (WHERE received_at < (SELECT timezone('UTC', now()) - interval '28 days')
                                      AND received_at >= (SELECT timezone('UTC', now()) - interval '112 days')) AS earlier
              FROM crm_complaint
             WHERE active AND kind = 'complaint' AND received_at >= (SELECT timezone('UTC', now()) - make_interval(days => %(days)s))
             GROUP BY 1, 2, 3
        ), redress AS (
            SELECT complaint.company_id, COALESCE(complaint.occurrence_cause_id, 0) AS cause, sum(redress.cost) AS cost
              FROM crm_complaint_redress redress JOIN crm_complaint complaint ON complaint.id = redress.complaint_id
             WHERE redress.state = 'done' AND complaint.active AND complaint.kind = 'complaint'
               AND complaint.received_at >= (SELECT timezone('UTC', now()) - make_interval(days => %(days)s))
             GROUP BY 1, 2
        ), counted AS (
            SELECT concerned.company_id, cause, sum(complaints) AS complaints, sum(open) AS open, sum(recent) AS recent, sum(earlier) AS earlier,
                   count(commercial_partner_id) AS customers, COALESCE(sum(%(revenue)s) FILTER (WHERE customer.id IS NOT NULL), 0) AS revenue
              FROM concerned
              LEFT JOIN crm_lifecycle_customer customer
                ON customer.partner_id = concerned.commercial_partner_id AND customer.company_id = concerned.company_id
             GROUP BY 1, 2
        ), figure AS (
            SELECT counted.*, COALESCE(redress.cost, 0) AS total_cost FROM counted LEFT JOIN redress USING (company_id, cause)
        )
        SELECT figure.cause * 100000 + figure.company_id AS id, figure.company_id, NULLIF(figure.cause, 0) AS cause_id,
               COALESCE(named.path, %(unknown)s) AS cause, complaints, open, customers,
               total_cost AS redress_cost, revenue::float8 AS revenue_at_risk, recent AS recent_count, earlier / 3.0 AS earlier_count,
               CASE WHEN (recent - earlier / 3.0) > 1.96 * sqrt(recent + earlier / 9.0) AND recent > 0 THEN 'rising'
                    WHEN (earlier / 3.0 - recent) > 1.96 * sqrt(recent + earlier / 9.0) AND earlier > 0 THEN 'falling'
                    ELSE 'steady' END AS trend,
               sum(complaints) OVER by_count / NULLIF(sum(complaints) OVER company, 0) AS cumulated_count,
               sum(total_cost) OVER by_cost / NULLIF(sum(total_cost) OVER company, 0) AS cumulated_cost,
               sum(revenue) OVER by_revenue / NULLIF(sum(revenue) OVER company, 0) AS cumulated_revenue
          FROM figure
          LEFT JOIN LATERAL (
              SELECT string_agg(COALESCE(above.name->>%(lang)s, above.name->>'en_US'), ' / ' ORDER BY length(above.parent_path)) AS path
                FROM crm_complaint_cause cause
                JOIN crm_complaint_cause above ON starts_with(cause.parent_path, above.parent_path)
               WHERE cause.id = figure.cause
          ) named ON TRUE
        WINDOW company AS (PARTITION BY company_id),
               by_count AS (PARTITION BY company_id ORDER BY complaints DESC, figure.cause),
               by_cost AS (PARTITION BY company_id ORDER BY total_cost DESC, figure.cause),
               by_revenue AS (PARTITION BY company_id ORDER BY revenue DESC, figure.cause)
        """,
        days=days,
        lang=lang,
        unknown=unknown,
        revenue=annual_revenue(),
    )


def repeats(complaint_ids: list[int] | None = None) -> SQL:
    """Set ``repeat_of_id``: the latest earlier complaint of the same customer, product and cause within the company's days.

    :param complaint_ids: only for these, None for all of the last two years
    """
    return SQL(
        """
        UPDATE crm_complaint later SET repeat_of_id = found.earlier_id
          FROM (
            SELECT one.id, (
                SELECT earlier.id FROM crm_complaint earlier
                 WHERE earlier.commercial_partner_id = one.commercial_partner_id AND earlier.company_id = one.company_id
                   AND earlier.product_id IS NOT DISTINCT FROM one.product_id AND earlier.occurrence_cause_id = one.occurrence_cause_id
                   AND earlier.id <> one.id AND (earlier.received_at, earlier.id) < (one.received_at, one.id)
                   AND earlier.received_at >= one.received_at - make_interval(days => company.complaint_repeat_days)
                 ORDER BY earlier.received_at DESC, earlier.id DESC LIMIT 1
            ) AS earlier_id
              FROM crm_complaint one JOIN res_company company ON company.id = one.company_id
             WHERE %s
          ) found
         WHERE later.id = found.id AND later.repeat_of_id IS DISTINCT FROM found.earlier_id
        RETURNING later.id
        """,
        SQL("one.received_at >= timezone('UTC', now()) - interval '2 years'")
        if complaint_ids is None
        else SQL("one.id = ANY(%s)", list(complaint_ids)),
    )


def clusters() -> SQL:
    """Rows (company, product, lot, cause, complaints, customers, first, last) where several customers complain of the same thing.

    At least as many customers as the company says, within its days. Without a product, nothing is said.
    """
    return SQL(
        """
        SELECT complaint.company_id, product_id, COALESCE(lot_name, '') AS lot_name, COALESCE(occurrence_cause_id, 0) AS cause_id,
               array_agg(complaint.id ORDER BY complaint.id), count(DISTINCT commercial_partner_id), min(received_at), max(received_at)
          FROM crm_complaint complaint JOIN res_company company ON company.id = complaint.company_id
         WHERE complaint.active AND complaint.kind = 'complaint' AND product_id IS NOT NULL AND commercial_partner_id IS NOT NULL
           AND received_at >= timezone('UTC', now()) - make_interval(days => company.complaint_cluster_days)
         GROUP BY 1, 2, 3, 4, company.complaint_cluster_min
        HAVING count(DISTINCT commercial_partner_id) >= company.complaint_cluster_min
        """
    )


def silent_buyers(company_id: int, product_id: int, since, complaint_ids: list[int]) -> SQL:
    """Commercial partners who bought a product since a day and are in none of the complaints."""
    return SQL(
        """
        SELECT DISTINCT partner.commercial_partner_id
          FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
          JOIN res_partner partner ON partner.id = move.partner_id
         WHERE line.product_id = %s AND move.company_id = %s AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt')
           AND move.invoice_date >= %s
           AND partner.commercial_partner_id NOT IN (
               SELECT commercial_partner_id FROM crm_complaint WHERE id = ANY(%s) AND commercial_partner_id IS NOT NULL)
        """,
        product_id,
        company_id,
        since,
        list(complaint_ids),
    )


def silent_receivers(company_id: int, lot_ids: list[int], complaint_ids: list[int]) -> SQL:
    """Commercial partners to whom goods of these lots were delivered and who are in none of the complaints; needs ``stock``."""
    return SQL(
        """
        SELECT DISTINCT partner.commercial_partner_id
          FROM stock_move_line line
          JOIN stock_location destination ON destination.id = line.location_dest_id AND destination.usage = 'customer'
          JOIN stock_picking picking ON picking.id = line.picking_id
          JOIN res_partner partner ON partner.id = picking.partner_id
         WHERE line.lot_id = ANY(%s) AND line.state = 'done' AND line.company_id = %s
           AND partner.commercial_partner_id NOT IN (
               SELECT commercial_partner_id FROM crm_complaint WHERE id = ANY(%s) AND commercial_partner_id IS NOT NULL)
        """,
        list(lot_ids),
        company_id,
        list(complaint_ids),
    )


def complaints_and_units(company_id: int, cause_id: int, product_ids: list[int], start, stop) -> SQL:
    """(complaints of a cause received, units sold and invoiced) from a day on until before another; of these products, or of all."""
    return SQL(
        """
        SELECT (SELECT count(*) FROM crm_complaint
                 WHERE active AND company_id = %(company)s AND occurrence_cause_id = %(cause)s AND received_at >= %(start)s AND received_at < %(stop)s
                   AND (%(all)s OR product_id = ANY(%(products)s))),
               (SELECT COALESCE(sum(CASE WHEN move.move_type = 'out_refund' THEN -line.quantity ELSE line.quantity END), 0)
                  FROM account_move_line line JOIN account_move move ON move.id = line.move_id
                 WHERE move.company_id = %(company)s AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                   AND line.display_type = 'product' AND move.invoice_date >= %(start)s AND move.invoice_date < %(stop)s
                   AND (%(all)s OR line.product_id = ANY(%(products)s)))
        """,
        company=company_id,
        cause=cause_id,
        products=list(product_ids),
        all=not product_ids,
        start=start,
        stop=stop,
    )


def quality_cost() -> SQL:
    """A row for each line of redress that was given: what poor quality cost, by product and by the product's first supplier."""
    return SQL(
        """
        SELECT line.id, redress.company_id, redress.complaint_id, redress.family_id, line.product_id, supplier.partner_id AS supplier_id,
               complaint.occurrence_cause_id AS cause_id, complaint.category_id, redress.kind, redress.done_at,
               line.quantity, CASE WHEN redress.amount = 0 THEN 0 ELSE redress.cost * line.total / redress.amount END AS cost
          FROM crm_complaint_redress_line line
          JOIN crm_complaint_redress redress ON redress.id = line.redress_id AND redress.state = 'done'
          JOIN crm_complaint complaint ON complaint.id = redress.complaint_id
          LEFT JOIN product_product product ON product.id = line.product_id
          LEFT JOIN LATERAL (
              SELECT info.partner_id FROM product_supplierinfo info
               WHERE info.product_tmpl_id = product.product_tmpl_id AND (info.company_id IS NULL OR info.company_id = redress.company_id)
               ORDER BY info.sequence, info.id LIMIT 1
          ) supplier ON TRUE
        """
    )


def handling() -> SQL:
    """A row for each complaint: how old it is or became, whether it was solved at the first contact, and what it cost."""
    return SQL(
        """
        SELECT complaint.id, complaint.id AS complaint_id, complaint.company_id, complaint.team_id, complaint.user_id, complaint.category_id,
               complaint.severity, complaint.channel, complaint.policy_id, complaint.occurrence_cause_id AS cause_id, complaint.product_id,
               complaint.commercial_partner_id AS partner_id, complaint.decision, complaint.is_closed, complaint.received_at, complaint.closed_at,
               age.days AS age_days,
               CASE WHEN complaint.is_closed THEN NULL WHEN age.days < 3 THEN 'a' WHEN age.days < 7 THEN 'b' WHEN age.days < 30 THEN 'c'
                    WHEN age.days < 90 THEN 'd' ELSE 'e' END AS age_class,
               CASE WHEN NOT complaint.is_closed THEN NULL
                    WHEN COALESCE(complaint.reopen_count, 0) = 0 AND again.complaint_id IS NULL AND complaint.repeat_of_id IS NULL THEN 1.0
                    ELSE 0.0 END AS first_contact_share,
               CASE WHEN complaint.repeat_of_id IS NULL THEN 0.0 ELSE 1.0 END AS repeat_share,
               COALESCE(redress.cost, 0) AS redress_cost
          FROM crm_complaint complaint
          CROSS JOIN LATERAL (
              SELECT extract(epoch FROM COALESCE(complaint.closed_at, timezone('UTC', now())) - complaint.received_at) / 86400 AS days
          ) age
          LEFT JOIN (SELECT DISTINCT complaint_id FROM crm_complaint_clock WHERE kind = 'next_response') again ON again.complaint_id = complaint.id
          LEFT JOIN (SELECT complaint_id, sum(cost) AS cost FROM crm_complaint_redress WHERE state = 'done' GROUP BY 1) redress
            ON redress.complaint_id = complaint.id
         WHERE complaint.active AND complaint.kind = 'complaint'
        """
    )


def recovery(horizon: int) -> SQL:
    """Rows (company, how it ended, cases, bought again, comparable customers, of whom bought again) within ``horizon`` days.

    A case is a customer's complaint that was closed at least that long ago. Comparable are the customers of the same company in the same stage
    on that day who have never complained; their days are counted from the same day on. How it ended: by the decision and whether redress
    was given. Only what is bought on posted invoices counts, and no cause is claimed.
    """
    return SQL(
        """
        WITH closed AS (
            SELECT complaint.id, complaint.company_id, complaint.commercial_partner_id AS partner_id, complaint.closed_at::date AS day,
                   CASE WHEN EXISTS (SELECT FROM crm_complaint_redress redress WHERE redress.complaint_id = complaint.id AND redress.state = 'done')
                        THEN 'redress' WHEN complaint.decision = 'reject' THEN 'rejected' ELSE 'explained' END AS outcome
              FROM crm_complaint complaint
             WHERE complaint.active AND complaint.is_closed AND complaint.commercial_partner_id IS NOT NULL
               AND complaint.closed_at < timezone('UTC', now()) - make_interval(days => %(horizon)s)
        ), purchase AS MATERIALIZED (
            SELECT DISTINCT partner.commercial_partner_id AS partner_id, move.company_id, move.invoice_date AS day
              FROM account_move move JOIN res_partner partner ON partner.id = move.partner_id
             WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt')
               AND move.invoice_date > (SELECT min(day) FROM closed)
        ), stay AS (
            SELECT partner_id, company_id, to_stage_id AS stage_id, effective_at AS begin,
                   lead(effective_at, 1, 'infinity'::date) OVER (PARTITION BY partner_id, company_id ORDER BY effective_at) AS until
              FROM crm_lifecycle_transition WHERE kind = 'stage' AND superseded_at IS NULL
        ), asked AS (
            SELECT closed.*, stay.stage_id,
                   EXISTS (SELECT FROM purchase WHERE purchase.partner_id = closed.partner_id AND purchase.company_id = closed.company_id
                              AND purchase.day > closed.day AND purchase.day <= closed.day + %(horizon)s) AS again
              FROM closed LEFT JOIN stay ON stay.partner_id = closed.partner_id AND stay.company_id = closed.company_id
                                        AND closed.day >= stay.begin AND closed.day < stay.until
        ), month AS (
            SELECT DISTINCT company_id, outcome, stage_id, date_trunc('month', day)::date AS day FROM asked WHERE stage_id IS NOT NULL
        ), peer AS (
            SELECT DISTINCT month.company_id, month.outcome, month.day, stay.partner_id
              FROM month JOIN stay ON stay.company_id = month.company_id AND stay.stage_id = month.stage_id
                                  AND month.day >= stay.begin AND month.day < stay.until
             WHERE NOT EXISTS (SELECT FROM crm_complaint other WHERE other.commercial_partner_id = stay.partner_id AND other.company_id = stay.company_id)
        ), compared AS (
            SELECT peer.company_id, peer.outcome, count(*) AS peers, count(*) FILTER (WHERE EXISTS (
                       SELECT FROM purchase WHERE purchase.partner_id = peer.partner_id AND purchase.company_id = peer.company_id
                          AND purchase.day > peer.day AND purchase.day <= peer.day + %(horizon)s)) AS peers_again
              FROM peer GROUP BY 1, 2
        )
        SELECT asked.company_id, asked.outcome, count(*), count(*) FILTER (WHERE again), COALESCE(max(peers), 0), COALESCE(max(peers_again), 0)
          FROM asked LEFT JOIN compared USING (company_id, outcome)
         GROUP BY 1, 2
         ORDER BY 1, 2
        """,
        horizon=horizon,
    )


def service(opened: Query, closed: Query, partner_id: int, company_id: int) -> SQL:
    """One JSON list of a customer: ids of open complaints, number of closed complaints, number of rated ones, their mean rating, revenue of a year.

    :param opened: the open complaints that the reader may see, in their order
    :param closed: the closed ones
    """
    return SQL(
        """(
        SELECT json_build_array(
                   ARRAY(%s), count(*), count(*) FILTER (WHERE rating_last_value > 0), avg(rating_last_value) FILTER (WHERE rating_last_value > 0),
                   (SELECT %s FROM crm_lifecycle_customer customer WHERE customer.partner_id = %s AND customer.company_id = %s))
          FROM crm_complaint WHERE id IN %s)""",
        opened.select(),
        annual_revenue(),
        partner_id,
        company_id,
        closed.subselect(),
    )


def revenue_of(partner_ids: list[int]) -> SQL:
    """Rows (partner, company, revenue of a year) of some customers."""
    return SQL(
        "SELECT customer.partner_id, customer.company_id, %s FROM crm_lifecycle_customer customer WHERE customer.partner_id = ANY(%s)",
        annual_revenue(),
        list(partner_ids),
    )
