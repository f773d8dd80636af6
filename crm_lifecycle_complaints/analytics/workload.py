"""How much each member of a team has to do."""

from collections.abc import Sequence

from odoo.tools import SQL


def workload(team_id: int, user_ids: Sequence[int]) -> SQL:
    """Rows (user id, complaints open in all teams, when last given one of this team)."""
    return SQL(
        """
        SELECT member.id,
               (SELECT count(*) FROM crm_complaint WHERE user_id = member.id AND NOT is_closed AND active),
               (SELECT max(assigned_at) FROM crm_complaint WHERE user_id = member.id AND team_id = %s)
          FROM unnest(%s::int[]) AS member (id)
         ORDER BY member.id
        """,
        team_id,
        list(user_ids),
    )
