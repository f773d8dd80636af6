from . import test_acknowledgement
from . import test_automatic_mail
from . import test_deadlines
from . import test_handling
from . import test_partner
from . import test_receipt
from . import test_rights
from . import test_tour
