from . import test_segment
from . import test_mailing
from . import test_campaign
from . import test_tours
