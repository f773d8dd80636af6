from . import crm_lifecycle_stage
from . import crm_lifecycle_customer
from . import crm_lifecycle_transition
from . import crm_lifecycle_dirty
from . import res_partner
from . import account_move
from . import sale_order
from . import crm_lead
