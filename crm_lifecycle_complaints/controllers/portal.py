from odoo.addons.portal.controllers.portal import CustomerPortal, pager
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route
from werkzeug.exceptions import NotFound

from .uploads import REQUEST_LIMIT, given_text, uploaded_files

PAGE = 20
ADDRESS = "/my/complaints/<int(max=2147483647):complaint_id>"
# Changes of state: never by GET, always with CSRF token, and only as large as the files allow.
CHANGE = {"type": "http", "auth": "public", "website": True, "methods": ["POST"], "max_content_length": REQUEST_LIMIT}
POSTS_PER_HOUR = 60


class ComplaintPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            complaints = request.env["crm.complaint"]
            values["complaint_count"] = complaints.search_count(self._get_own_domain()) if complaints.has_access("read") else 0
        return values

    def _get_own_domain(self):
        """An agent's portal shows their own family's complaints as well, not those they handle."""
        return [("commercial_partner_id", "=", request.env.user.partner_id.commercial_partner_id.id)]

    @route(["/my/complaints", "/my/complaints/page/<int(max=1000000):page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_complaints(self, page=1, **kwargs):
        complaints = request.env["crm.complaint"]
        if not complaints.has_access("read"):
            return request.redirect("/my")
        domain = self._get_own_domain()
        total = complaints.search_count(domain)
        pages = pager(url="/my/complaints", total=total, page=page, step=PAGE)
        values = self._prepare_portal_layout_values()
        values.update(
            complaints=complaints.search(domain, order="received_at desc, id desc", limit=PAGE, offset=pages["offset"]),
            page_name="complaints",
            pager=pages,
            default_url="/my/complaints",
            form_team=request.env["crm.complaint.team"]._get_form_team(),
        )
        return request.render("crm_lifecycle_complaints.portal_my_complaints", values)

    @route([ADDRESS], type="http", auth="public", website=True)
    def portal_my_complaint(self, complaint_id, access_token=None, **kwargs):
        return self._show(self._get_complaint(complaint_id, access_token), access_token)

    @route([f"{ADDRESS}/message"], **CHANGE)
    def portal_complaint_message(self, complaint_id, access_token=None, text="", **kwargs):
        def post(complaint):
            files = uploaded_files()
            words = given_text(text)
            if not words and not files:
                raise UserError(request.env._("Please write something, or choose a file."))
            complaint.portal_post(words, files, self._get_author(complaint))

        return self._change(complaint_id, access_token, post, text)

    @route([f"{ADDRESS}/accept"], **CHANGE)
    def portal_complaint_accept(self, complaint_id, access_token=None, **kwargs):
        return self._change(complaint_id, access_token, lambda complaint: complaint.portal_accept(self._get_customer(complaint)))

    @route([f"{ADDRESS}/reopen"], **CHANGE)
    def portal_complaint_reopen(self, complaint_id, access_token=None, text="", **kwargs):
        def reopen(complaint):
            complaint.portal_reopen(given_text(text), uploaded_files(), self._get_customer(complaint))

        return self._change(complaint_id, access_token, reopen, text)

    @route([f"{ADDRESS}/rate"], **CHANGE)
    def portal_complaint_rate(self, complaint_id, access_token=None, rate="", feedback="", **kwargs):
        def apply(complaint):
            self._get_customer(complaint)
            if rate not in ("1", "3", "5"):
                raise UserError(request.env._("Please choose one of the faces."))
            token = complaint._get_rating_token()
            if not token:
                raise UserError(request.env._("You have rated already. Thank you!"))
            complaint.rating_apply(int(rate), token=token, feedback=given_text(feedback, 2000))

        return self._change(complaint_id, access_token, apply, feedback)

    @route([f"{ADDRESS}/attachments/<int(max=2147483647):attachment_id>"], type="http", auth="public", website=True, readonly=True)
    def portal_complaint_attachment(self, complaint_id, attachment_id, access_token=None, **kwargs):
        """Always a download: what somebody sent is never shown as a page of ours."""
        complaint = self._get_complaint(complaint_id, access_token)
        attachment = complaint._get_portal_messages().attachment_ids.filtered(lambda each: each.id == attachment_id)
        if not attachment:
            raise NotFound
        return request.env["ir.binary"]._get_stream_from(attachment).get_response(as_attachment=True)

    def _get_complaint(self, complaint_id, access_token):
        """The complaint as superuser, once the reader's right to it is checked; who has none learns not even that it exists."""
        try:
            return self._document_check_access("crm.complaint", complaint_id, access_token)
        except (AccessError, MissingError):
            raise NotFound from None

    def _get_author(self, complaint):
        user = request.env.user
        return (complaint.partner_id if user._is_public() else user.partner_id).sudo()

    def _get_customer(self, complaint):
        """Who decides for the customer: colleagues of ours, who see the page as well, do not."""
        user = request.env.user
        if user._is_internal() and user.partner_id.commercial_partner_id != complaint.commercial_partner_id:
            raise UserError(request.env._("Only the customer can do this."))
        return self._get_author(complaint)

    def _change(self, complaint_id, access_token, change, text=""):
        """Make a change and go back to the page; what is wrong is said there, and nothing that was written is lost."""
        complaint = self._get_complaint(complaint_id, access_token)
        try:
            if not request.env["crm.complaint.visitor"]._admit(f"portal:{complaint.id}", POSTS_PER_HOUR):
                raise UserError(request.env._("That was a lot in a short time. Please wait an hour, and try again."))
            with request.env.cr.savepoint():
                change(complaint)
        except UserError as error:
            response = self._show(complaint, access_token, error=str(error), text=text)
            response.status_code = 400
            return response
        return request.redirect(self._get_address(complaint, access_token))

    def _get_address(self, complaint, access_token):
        return complaint.get_portal_url() if access_token else complaint.access_url

    def _show(self, complaint, access_token, error="", text=""):
        complaint = complaint.with_context(lang=request.env.lang)
        values = {
            **self._prepare_portal_layout_values(),
            "complaint": complaint,
            "messages": complaint._get_portal_messages(),
            "access_token": access_token or "",
            "rating_token": complaint.is_closed and complaint._get_rating_token(),
            "may_reopen": complaint.is_closed and not complaint._is_closed_for_good(),
            "page_name": "complaint",
            "error": error,
            "text": text if isinstance(text, str) else "",
        }
        return request.render("crm_lifecycle_complaints.portal_complaint", values)
