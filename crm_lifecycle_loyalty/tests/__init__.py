from . import test_balances
from . import test_entries
from . import test_event_rule
from . import test_rights
from . import test_tour
