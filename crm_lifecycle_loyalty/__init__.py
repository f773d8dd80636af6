from . import domain, analytics, models, wizard
from .hooks import uninstall_hook
