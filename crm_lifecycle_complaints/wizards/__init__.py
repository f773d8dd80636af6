from . import crm_complaint_close
from . import mail_compose_message
