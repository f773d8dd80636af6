"""What customers may send along, on the portal and with the public form."""

from odoo.exceptions import UserError
from odoo.http import request

from ..domain.readable_mail import clean

FILES_LIMIT = 10
MEGABYTE = 1024 * 1024
FILE_SIZE_LIMIT = 10 * MEGABYTE
# The whole request; some more than two full files, so that too many large ones get a page that says so.
REQUEST_LIMIT = 32 * MEGABYTE
TEXT_LIMIT = 20_000


def uploaded_files(field: str = "files") -> list[tuple[str, bytes]]:
    """The files of the request as (name, content).

    :raise UserError: if there are too many, or one is too large
    """
    env = request.env
    files = [each for each in request.httprequest.files.getlist(field) if each.filename]
    if len(files) > FILES_LIMIT:
        raise UserError(env._("You can send at most %(count)s files at once. Please send the others afterwards.", count=FILES_LIMIT))
    found = []
    for each in files:
        content = each.read(FILE_SIZE_LIMIT + 1)
        if len(content) > FILE_SIZE_LIMIT:
            raise UserError(
                env._(
                    "The file '%(name)s' is larger than %(size)s MB. Please send a smaller one.",
                    name=each.filename,
                    size=FILE_SIZE_LIMIT // MEGABYTE,
                )
            )
        if content:
            found.append((clean(each.filename)[:255], content))
    return found


def given_text(value, limit: int = TEXT_LIMIT) -> str:
    """Text of a form as it can be stored.

    :raise UserError: if it is too long
    """
    text = clean(value).strip() if isinstance(value, str) else ""
    if len(text) > limit:
        raise UserError(request.env._("The text has %(count)s characters; at most %(limit)s are possible.", count=len(text), limit=limit))
    return text
