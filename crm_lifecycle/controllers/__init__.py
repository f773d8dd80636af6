from . import cti
from . import voice
from . import portal
