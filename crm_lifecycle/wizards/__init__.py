from . import base_partner_merge
from . import crm_cti_token
from . import base_partner_merge_sales_force
from . import crm_account_plan_make
from . import crm_call_list_log
from . import crm_voice_ask
from . import crm_lifecycle_playbook_preview
from . import crm_lifecycle_playbook_preview_line
