from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from werkzeug.exceptions import NotFound

LARGEST = 64 * 1024


class Voice(Controller):
    """Where a contact answers by the link in a mail. Opening it, as programs that look through mails do, records nothing."""

    @route("/voice/<string(maxlength=64):token>", type="http", auth="public", website=True, sitemap=False, methods=["GET"], readonly=True)
    def show(self, token, score=None, **kwargs):
        return self._show(self._get(token), score)

    @route("/voice/<string(maxlength=64):token>", type="http", auth="public", website=True, methods=["POST"], max_content_length=LARGEST)
    def answer(self, token, score=None, comment="", other_supplier="", **kwargs):
        asked = self._get(token)
        ratings = {}
        for name, value in kwargs.items():
            aspect, _separator, factor = name.rpartition("_")
            if aspect and factor.isascii() and factor.isdigit() and len(factor) < 10:
                ratings[int(factor), aspect] = value
        try:
            with request.env.cr.savepoint():
                asked._answer(score, comment, ratings, other_supplier)
        except UserError as error:
            response = self._show(asked, score, str(error), {**kwargs, "comment": comment, "other_supplier": other_supplier})
            response.status_code = 400
            return response
        return request.redirect(f"/voice/{token}")

    def _get(self, token):
        """The request with this token, in the language of the one who was asked."""
        asked = request.env["crm.voice.request"]._get_by_token(token)
        if not asked:
            raise NotFound
        if lang := request.env["res.lang"]._get_code(asked.partner_id.lang or request.env.lang):
            request.update_context(lang=lang)
        return asked.with_env(request.env).sudo().with_company(asked.company_id)

    def _show(self, asked, score, error="", given=None):
        scale = asked._get_scale()
        values = {
            "asked": asked,
            "scale": scale,
            "chosen": asked._get_number(score, scale[0], scale[-1]) if score is not None else None,
            "open": asked._is_open(),
            "error": error,
            "given": given or {},
            "aspects": ["importance", "performance", "other"] if asked.survey_id.compares else ["performance"],
        }
        response = request.render("crm_lifecycle.voice_page", values)
        # The address is the key to the answer: it goes into no cache, no index, and no Referer.
        response.headers.update({"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"})
        return response
