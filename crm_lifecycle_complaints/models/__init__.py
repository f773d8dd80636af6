from . import crm_complaint_stage
from . import crm_complaint_category
from . import crm_complaint_team
from . import crm_complaint
from . import crm_complaint_mail
from . import mail_thread
from . import res_company
from . import res_partner
