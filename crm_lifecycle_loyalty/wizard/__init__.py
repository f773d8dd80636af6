from . import base_partner_merge, crm_loyalty_event_rule_preview
