from . import crm_complaint_close
from . import crm_complaint_merge
from . import crm_complaint_recovery
from . import crm_complaint_split
from . import mail_compose_message
