import re
from pathlib import Path

import pytest
from lxml import etree

from crm_lifecycle.domain.pbx_configuration import configuration, template_3cx

BASE = "https://erp.example.com/crm_lifecycle/cti"
KINDS = ["asterisk", "freepbx", "3cx", "twilio", "generic"]
SCHEMA = Path(__file__).parents[2] / "crm_lifecycle" / "tests" / "data" / "cti" / "3cx_template.rng"
# What 3CX fills in by itself; everything else in brackets has to be a parameter or a variable of the template.
FILLED_BY_3CX = {
    "Number", "CallType", "Agent", "AgentEmail", "QueueExtension", "Duration", "DurationTimespan", "CallStartTimeUTC", "CallEndTimeUTC",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_and_the_address_are_in_it_and_no_placeholder_is(kind):
    text = configuration(kind, BASE, "the-token", "db")
    assert "the-token" in text and BASE in text
    assert not re.search(r"(?<![$\[{])\{[a-z]+\}", text)
    assert "{{" not in text


def test_3cx_template_is_as_3cx_documents_it():
    template = etree.fromstring(template_3cx(BASE, 'a"b&c').encode())
    schema = etree.RelaxNG(etree.parse(SCHEMA))
    assert schema.validate(template), schema.error_log
    given = {each.get("Name") for each in template.iter("Parameter", "Variable")} | FILLED_BY_3CX
    said = etree.tostring(template, encoding="unicode")
    assert set(re.findall(r"\[(\w+)\]", said)) <= given
    assert template.find(".//Scenario[@Id='ReportCall']") is not None
    # Odoo would take a plus in an address for a space.
    assert template.find("Number").get("Prefix") == "Zeros"


@pytest.mark.parametrize("kind", ["asterisk", "freepbx"])
def test_no_request_of_a_dialplan_can_hold_a_call(kind):
    contexts = re.split(r"\n(?=\[)", configuration(kind, BASE, "the-token", "db"))
    asking = [context for context in contexts if "${CURL(" in context]
    assert len(asking) >= 3
    for context in asking:
        assert "Gosub(odoo-curl" in context.split("${CURL(", 1)[0], context
    (settings,) = [context for context in contexts if context.startswith("[odoo-curl]")]
    assert "CURLOPT(conntimeout)=1)" in settings and "CURLOPT(httptimeout)=2)" in settings


@pytest.mark.parametrize("kind", ["asterisk", "freepbx"])
def test_a_dialplan_only_goes_where_there_is_something(kind):
    text = configuration(kind, BASE, "the-token", "db")
    contexts = set(re.findall(r"^\[([\w-]+)\]", text, re.MULTILINE))
    code = [line for line in text.splitlines() if not line.startswith(";")]
    named = {name for line in code for name in re.findall(r"(?:Gosub|GosubIf|U)\((?:[^()]*\?)?([a-z][\w-]+)[,^)]", line)}
    assert named <= contexts | {"macro-auto-blkvm"}
    # Whatever is entered by Gosub comes back.
    for name in named & contexts:
        body = text.split(f"[{name}]", 1)[1].split("\n[", 1)[0]
        assert "Return()" in body, name
    for line in code:
        assert line.count("(") == line.count(")") and line.count("${") <= line.count("}"), line


@pytest.mark.parametrize("kind", ["asterisk", "freepbx"])
def test_nothing_that_others_wrote_is_run(kind):
    """A name or a number within an expression, or within an application that another one runs, would be read as dialplan."""
    for line in configuration(kind, BASE, "the-token", "db").splitlines():
        expression = "".join(re.findall(r"\$\[.*\]", line))
        inner = re.sub(r"\$\{(?:LEN|URIENCODE)\(\$\{(?:ODOO_NAME|CALLERID\(num\))\}\)\}", "", expression)
        assert "ODOO_NAME" not in inner and "CALLERID" not in inner, line
        if "ExecIf" in line or "GosubIf" in line:
            assert "ODOO_NAME" not in line and "CALLERID" not in line, line
        if "CURL(http" in line:
            assert "${CALLERID(num)}" not in line.replace("${URIENCODE(${CALLERID(num)})}", ""), line


def test_freepbx_does_not_come_back_to_where_it_came_from():
    """A Goto from an included context to the one that includes it would begin anew for ever."""
    text = configuration("freepbx", BASE, "the-token", "db")
    route = text.split("[odoo-route]", 1)[1].split("\n[", 1)[0]
    assert "from-pstn-custom" not in route and "Goto(from-pstn" not in text
    assert re.findall(r"include => (\S+)", route) == ["ext-did", "ext-did-post-custom", "from-did-direct", "ext-did-catchall"]
