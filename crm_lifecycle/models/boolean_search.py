from odoo.fields import Domain


def search_boolean(having: Domain, operator: str, value):
    """What the search method of a computed boolean returns; ``having``: the records for which it is true.

    ``NotImplemented`` has Odoo ask for the opposite and turn the answer round.
    """
    if operator != "in":
        return NotImplemented
    wanted = set(value)
    if wanted >= {True, False}:
        return Domain.TRUE
    return having if True in wanted else ~having
