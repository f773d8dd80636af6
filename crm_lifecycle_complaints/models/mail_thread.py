from odoo import api, models

from ..domain.automatic_mail import Verdict, judge


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _complaint_verdict(self, message):
        """Judge an incoming mail; only here are its raw headers at hand.

        :param email.message.EmailMessage message: the mail
        :rtype: Verdict
        """
        headers = [(name, str(value)) for name, value in message.items()]
        headers += [("content-type", str(part["content-type"])) for part in message.walk() if part.get_content_type() == "text/calendar"]
        return judge(headers)

    @api.model
    def _is_for_complaints(self, routes):
        return bool(routes) and all(route[0] in ("crm.complaint", "crm.complaint.team") for route in routes)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values)
        if any(route[0] == "crm.complaint" for route in routes or ()):
            return self.env["crm.complaint"]._complaint_routes(message_dict, routes, self._complaint_verdict(message))
        return routes

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        # Core answers a loop with a mail of its own: to a machine that would feed the loop.
        if self._is_for_complaints(routes) and self._complaint_verdict(message).automatic:
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if not self._is_for_complaints(routes):
            return super()._message_route_process(message, message_dict, routes)
        verdict = self._complaint_verdict(message)
        if verdict.automatic:
            # Kept as a note that notifies nobody: with a parent, core would mail the parent's author.
            message_dict.pop("parent_id", None)
            message_dict["is_internal"] = True
        return super(MailThread, self.with_context(complaint_verdict=verdict))._message_route_process(message, message_dict, routes)

    def _get_complaint_verdict(self):
        """The verdict on the mail being processed; what a client puts into the context is no :class:`Verdict`."""
        verdict = self.env.context.get("complaint_verdict")
        return verdict if isinstance(verdict, Verdict) else None

    def _notify_thread_with_out_of_office(self, message, recipients_data, msg_vals=False, **kwargs):
        verdict = self._get_complaint_verdict()
        if verdict and verdict.automatic:
            return self.env["mail.message"]
        return super()._notify_thread_with_out_of_office(message, recipients_data, msg_vals=msg_vals, **kwargs)
