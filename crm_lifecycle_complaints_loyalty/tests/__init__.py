from . import test_points
from . import test_service_class
