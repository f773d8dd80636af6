def migrate(cr, version):
    """Forget the translations of a label that says something else now: an update keeps those that are there."""
    cr.execute(
        """
        UPDATE ir_model_fields SET field_description = jsonb_build_object('en_US', field_description->'en_US')
         WHERE model = 'crm.complaint.recovery' AND name = 'outcome'
        """
    )
