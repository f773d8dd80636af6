from . import base_partner_merge
from . import crm_cti_token
