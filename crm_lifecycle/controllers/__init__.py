from . import cti
from . import voice
from . import portal
from . import measures
from . import past_sales
