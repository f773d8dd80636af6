from . import crm_loyalty_event_rule_preview
