from . import crm_loyalty_entry
from . import crm_loyalty_event_rule
from . import crm_lifecycle_transition
from . import loyalty_card
from . import loyalty_program
from . import res_partner
