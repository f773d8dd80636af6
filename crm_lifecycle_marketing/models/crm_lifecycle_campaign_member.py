from odoo import fields, models


class CrmLifecycleCampaignMember(models.Model):
    """A customer of a campaign, written to or held out by chance. Written once, when the campaign first wants to reach them."""

    _name = "crm.lifecycle.campaign.member"
    _description = "Customer of a Campaign"
    _log_access = False
    _rec_name = "partner_id"

    campaign_id = fields.Many2one("utm.campaign", required=True, readonly=True, ondelete="cascade")
    mailing_id = fields.Many2one("mailing.mailing", "First Mailing", readonly=True, index="btree_not_null", ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade")
    held_out = fields.Boolean(readonly=True)
    assigned_on = fields.Date(required=True, readonly=True)

    _member_key = models.UniqueIndex("(campaign_id, partner_id)")
