from . import crm_complaint_redress
from . import crm_complaint_service_class
from . import loyalty_program
