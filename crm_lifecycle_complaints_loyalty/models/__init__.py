from . import crm_complaint_redress
from . import loyalty_program
