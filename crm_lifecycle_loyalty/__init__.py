from . import controllers, domain, analytics, models, wizard
from .hooks import post_init_hook, uninstall_hook
