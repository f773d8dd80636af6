from odoo.addons.crm_lifecycle.tests.common import LifecycleCase


class MarketingCase(LifecycleCase):
    """Customers with addresses, a segment of all of them, and a mailing that is really made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyers = cls.env["res.partner"].create(
            [{"name": f"Buyer {number}", "email": f"buyer{number}@example.com", "customer_rank": 1} for number in range(40)]
        )
        cls.drain()
        cls.segment = cls.env["crm.lifecycle.segment"].create(
            {"name": "All", "customer_domain": f"[('partner_id', 'in', {cls.buyers.ids})]"}
        )
        cls.marketer = cls.env["res.users"].create(
            {
                "name": "Marketer",
                "login": "marketer",
                "email": "marketer@example.com",
                "group_ids": [
                    (
                        6,
                        0,
                        [
                            cls.env.ref(group).id
                            for group in ("mass_mailing.group_mass_mailing_user", "crm_lifecycle.crm_lifecycle_group_user")
                        ],
                    )
                ],
            }
        )

    @classmethod
    def mailing(cls, holdout=0, **values):
        """A draft to the segment; a campaign that is named keeps its own share."""
        if "campaign_id" not in values:
            values["lifecycle_holdout"] = holdout
        return cls.env["mailing.mailing"].create(
            {
                "subject": "Offer",
                "body_html": "<p>Hello</p>",
                "body_arch": "<p>Hello</p>",
                "email_from": "shop@example.com",
                "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "lifecycle_segment_id": cls.segment.id,
                **values,
            }
        )

    @classmethod
    def written_to(cls, mailing):
        """The contacts that were really written to."""
        traces = mailing.mailing_trace_ids.filtered(lambda trace: trace.trace_status not in ("cancel", "error"))
        return cls.env["res.partner"].browse(traces.mapped("res_id"))
