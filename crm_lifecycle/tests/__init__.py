from . import common
from . import test_engine
from . import test_hooks
from . import test_replay
from . import test_rights
from . import test_stage
from . import test_partner
from . import test_tours
