from odoo import fields


class Recorded(fields.Many2one):
    """A reference that the database does not check row by row: of facts and history by the million that takes longer than all the rest.

    The engine writes rows of what it has just read, and who deletes a contact or a company takes both along.
    """

    def update_db_foreign_key(self, model, column):
        pass
