"""How urgent a complaint is: its severity, raised by what the customer is worth."""

SEVERITIES = ("minor", "serious", "grave")
URGENT = 3


def priority(severity: str, boost: int, safety_risk: bool) -> int:
    """The priority from 0 (low) to 3 (urgent).

    :param severity: one of :data:`SEVERITIES`
    :param boost: steps by which the customer's service class raises it
    :param safety_risk: somebody was hurt or could be: always urgent, whoever the customer is
    """
    if safety_risk:
        return URGENT
    return max(0, min(URGENT, SEVERITIES.index(severity) + boost))
