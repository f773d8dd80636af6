from . import crm_complaint_close
