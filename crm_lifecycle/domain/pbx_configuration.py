"""What an administrator pastes into a telephone system so that it speaks to us. ``base`` is the address before the token."""

from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

ASTERISK_CALLS = """\
; extensions.conf - call [odoo-ring] where a call comes in, and name [odoo-answer] in Dial(), so that the answer is reported:
;   same => n,Gosub(odoo-ring,s,1(${{EXTEN}}))
;   same => n,Dial(PJSIP/${{EXTEN}},30,U(odoo-answer^${{EXTEN}}))
"""

ASTERISK = """\
[odoo-ring]
exten => s,1,NoOp(tell Odoo who is calling)
 same => n,Set(__ODOO_ID=${{CHANNEL(uniqueid)}})
 same => n,Set(ODOO_AT=${{ARG1}})
 same => n,Gosub(odoo-curl,s,1())
 same => n,Set(ODOO_NAME=${{CURL({base}/lookup?number=${{URIENCODE(${{CALLERID(num)}})}})}})
 same => n,GotoIf($[${{LEN(${{ODOO_NAME}})}} = 0 | ${{LEN(${{ODOO_NAME}})}} > 80]?nameless)
 same => n,Set(CALLERID(name)=${{ODOO_NAME}})
 same => n(nameless),Set(ODOO_SENT=${{CURL({base}/event?event=newCall&direction=in&callId=${{ODOO_ID}}&from=${{URIENCODE(${{CALLERID(num)}})}}&to=${{URIENCODE(${{ODOO_AT}})}})}})
 same => n,Set(CHANNEL(hangup_handler_push)=odoo-end,s,1)
 same => n,Return()

[odoo-answer]
exten => s,1,Gosub(odoo-curl,s,1())
 same => n,Set(ODOO_SENT=${{CURL({base}/event?event=answer&callId=${{ODOO_ID}}&answeringNumber=${{URIENCODE(${{ARG1}})}})}})
 same => n,Return()

[odoo-end]
exten => s,1,Gosub(odoo-curl,s,1())
 same => n,Set(ODOO_SENT=${{CURL({base}/event?event=hangup&callId=${{ODOO_ID}}&from=${{URIENCODE(${{CALLERID(num)}})}}&to=${{URIENCODE(${{ODOO_AT}})}})}})
 same => n,Return()

; A slow answer never holds a call. Once for each channel, since a header that is set twice is sent twice.
; With several databases on the server, add: same => n,Set(CURLOPT(httpheader)=X-Odoo-Database: {database})
[odoo-curl]
exten => s,1,GotoIf($["${{ODOO_CURL}}" = "1"]?done)
 same => n,Set(CURLOPT(conntimeout)=1)
 same => n,Set(CURLOPT(httptimeout)=2)
 same => n,Set(CURLOPT(httpheader)=Authorization: Bearer {token})
 same => n,Set(ODOO_CURL=1)
 same => n(done),Return()
"""

FREEPBX = """\
; Screen pop, call log and the name on the handset: append all of this to /etc/asterisk/extensions_custom.conf, then
; "fwconsole reload". In Odoo, enter the extensions of your agents, and the number dialled (DID) or the ring group as a queue.
;
; Only the name on the handset, without screen pop: one of these two instead, and nothing below.
;   Admin > CallerID Lookup Sources > Add; then choose it in each Inbound Route, tab Other, CID Lookup Source:
;     Source Type: {source}   Host: {host}   Port: {port}   Cache Results: No   User and password: empty
;     Path:  {path}/{token}/lookup
;     Query: number=[NUMBER]
;   Admin > CID Superfecta > a scheme > Regular Expressions 1:
;     URL: {base}/{token}/lookup?number=$thenumber
;     Regular Expressions: (.+)

; Before the inbound routes; what follows is what FreePBX itself has in [from-pstn].
[from-pstn-custom]
exten => _[+0-9].,1,Gosub(odoo-ring,s,1(${{EXTEN}}))
 same => n,Goto(odoo-route,${{EXTEN}},1)
exten => s,1,Gosub(odoo-ring,s,1())
 same => n,Goto(odoo-route,s,1)

[odoo-route]
include => ext-did
include => ext-did-post-custom
include => from-did-direct
include => ext-did-catchall
exten => fax,1,Goto(ext-fax,in_fax,1)

; Where FreePBX is about to ring an extension: of a route, of a queue, of follow-me. Version 17 calls it by Gosub, older ones by Macro.
[macro-dialout-one-predial-hook]
exten => s,1,GotoIf($["${{ODOO_ID}}" = ""]?done)
 same => n,Gosub(odoo-rings-at,s,1(${{EXTTOCALL}}))
 same => n,Set(ODOO_BLKVM=${{REGEX("U[(]macro-auto-blkvm[)]" ${{D_OPTIONS}})}})
 same => n,Set(D_OPTIONS=${{STRREPLACE(D_OPTIONS,U(macro-auto-blkvm),)}}U(odoo-answered^${{ODOO_BLKVM}}))
 same => n(done),ExecIf($["${{MACRO_CONTEXT}}" != ""]?MacroExit())
 same => n,Return()

; Where it is about to ring the extensions of a ring group, all at once or one after the other.
[macro-dial-ringall-predial-hook]
exten => s,1,Gosub(odoo-group,s,1())
 same => n,ExecIf($["${{MACRO_CONTEXT}}" != ""]?MacroExit())
 same => n,Return()

[macro-dial-hunt-predial-hook]
exten => s,1,Gosub(odoo-group,s,1())
 same => n,ExecIf($["${{MACRO_CONTEXT}}" != ""]?MacroExit())
 same => n,Return()

[odoo-group]
exten => s,1,GotoIf($["${{ODOO_ID}}" = ""]?done)
 same => n,Gosub(odoo-rings-at,s,1(${{STRREPLACE(FILTERED_DIAL,-,&user=)}}))
 same => n,Set(ODOO_BLKVM=${{REGEX("U[(]macro-auto-blkvm[)]" ${{ds}})}})
 same => n,Set(ds=${{STRREPLACE(ds,U(macro-auto-blkvm),)}}U(odoo-answered^${{ODOO_BLKVM}}))
 same => n(done),Return()

[odoo-rings-at]
exten => s,1,Gosub(odoo-curl,s,1())
 same => n,Set(ODOO_SENT=${{CURL({base}/event?event=newCall&direction=in&callId=${{ODOO_ID}}&from=${{URIENCODE(${{CALLERID(num)}})}}&user=${{ARG1}})}})
 same => n,Return()

; On the telephone that answers: what FreePBX would have done there, then the report, with the extension out of PJSIP/101-0000002a.
[odoo-answered]
exten => s,1,GosubIf($["${{ARG1}}" = "1"]?macro-auto-blkvm,s,1())
 same => n,Set(ODOO_AT=${{CUT(CHANNEL,/,2)}})
 same => n,Set(ODOO_AT=${{CUT(ODOO_AT,@,1)}})
 same => n,Gosub(odoo-answer,s,1(${{CUT(ODOO_AT,-,1)}}))
 same => n,Return()

"""

TWILIO = """\
Phone Numbers > Manage > Active numbers > your number > Voice Configuration
  Call status changes:      {base}/{token}/event      HTTP POST

In the TwiML that rings your agents:
  <Dial action="{base}/{token}/event">
    <Number statusCallback="{base}/{token}/event"
            statusCallbackEvent="initiated ringing answered completed">+...</Number>
  </Dial>

Twilio signs what it sends. Enter the account's auth token as the signature's secret, and as public address
exactly what stands above before /crm_lifecycle: signatures cover it, however a proxy hands the request on.
"""

GENERIC = """\
Report calls (form, query or JSON; POST or GET), the token in the path or as 'Authorization: Bearer':
  {base}/event
  event=newCall  direction=in from=+628123456789 to=+62224200199 callId=abc-1 user[]=101
  event=answer   direction=in from=+628123456789 to=+62224200199 callId=abc-1 answeringNumber=101
  event=hangup   direction=in from=+628123456789 to=+62224200199 callId=abc-1 cause=normalClearing

  curl -H 'Authorization: Bearer {token}' -H 'X-Odoo-Database: {database}' {base}/event \\
       -d event=newCall -d direction=in -d from=+628123456789 -d to=+62224200199 -d callId=abc-1 --data-urlencode 'user[]=101'

Ask who is calling (text, or JSON with format=json):
  {base}/lookup?number=%2B628123456789

With a signature's secret, send also
  X-CTI-Timestamp: seconds since 1970
  X-CTI-Signature: hex(HMAC-SHA256(secret, timestamp + "." + body)); without a body, the raw query
"""

THREE_CX = """\
1. Download the CRM template (button above).
2. 3CX Admin Console > Integrations > CRM (before version 20: Settings > CRM > Server side) > Add: upload it.
3. Enter as API key:  {token}
4. Tick 'Call Journaling', so that ended and missed calls are reported.
5. Contacts > Options > Match caller ID to a contact: 'Match exactly'.
3CX reports calls when they are over. While one rings, 3CX itself shows the caller's name, and its app opens the customer's
page, if its settings tell it to open a contact's address for calls that come in.
The template asks {base}
"""

TEMPLATE_3CX = """\
<?xml version="1.0" encoding="utf-8"?>
<Crm xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" Country="ID" Name="Odoo Customer Lifecycle" Version="1" SupportsEmojis="true" ListPageSize="0">
  <Number Prefix="Zeros" MaxLength="" />
  <Connection MaxConcurrentRequests="8" />
  <Parameters>
    <Parameter Name="ApiKey" Type="String" Parent="General Configuration" Editor="String" Title="API key:" />
    <Parameter Name="ReportCallEnabled" Type="Boolean" Editor="String" Title="Call Journaling" Default="True" />
  </Parameters>
  <Authentication Type="No" />
  <Scenarios>
    <Scenario Id="" Type="REST">
      <Request SkipIf="" Url={lookup} MessagePasses="0" RequestEncoding="UrlEncoded" RequestType="Get" ResponseType="Json">
        <Headers>
          <Value Key="Authorization" Passes="1" Type="String">Bearer [ApiKey]</Value>
          <Value Key="X-Odoo-Database" Passes="0" Type="String">{database}</Value>
        </Headers>
      </Request>
      <Rules>
        <Rule Type="Any" Ethalon="">contacts.id</Rule>
      </Rules>
      <Variables>
        <Variable Name="ContactID" LookupValue="" Path="contacts.id"><Filter /></Variable>
        <Variable Name="FirstName" LookupValue="" Path="contacts.firstname"><Filter /></Variable>
        <Variable Name="CompanyName" LookupValue="" Path="contacts.company"><Filter /></Variable>
        <Variable Name="ContactLink" LookupValue="" Path="contacts.url"><Filter /></Variable>
      </Variables>
      <Outputs AllowEmpty="false">
        <Output Type="ContactUrl" Passes="0" Value="[ContactLink]" />
        <Output Type="FirstName" Passes="0" Value="[FirstName]" />
        <Output Type="CompanyName" Passes="0" Value="[CompanyName]" />
        <Output Type="EntityId" Passes="0" Value="[ContactID]" />
        <Output Type="EntityType" Passes="0" Value="Contacts" />
        <Output Type="PhoneBusiness" Passes="0" Value="[Number]" />
      </Outputs>
    </Scenario>
    <Scenario Id="ReportCall" Type="REST">
      <Request SkipIf="[ReportCallEnabled]!=True" Url={event} MessagePasses="0" RequestEncoding="UrlEncoded" RequestType="Post" ResponseType="Json">
        <Headers>
          <Value Key="Authorization" Passes="1" Type="String">Bearer [ApiKey]</Value>
          <Value Key="X-Odoo-Database" Passes="0" Type="String">{database}</Value>
        </Headers>
        <PostValues Key="" If="" SkipIf="">
          <Value Key="CallType" Passes="0" Type="String">[CallType]</Value>
          <Value Key="Number" Passes="0" Type="String">[Number]</Value>
          <Value Key="Agent" Passes="0" Type="String">[Agent]</Value>
          <Value Key="AgentEmail" Passes="0" Type="String">[AgentEmail]</Value>
          <Value Key="QueueExtension" Passes="0" Type="String">[QueueExtension]</Value>
          <Value Key="Duration" Passes="0" Type="String">[Duration]</Value>
          <Value Key="DurationTimespan" Passes="0" Type="String">[DurationTimespan]</Value>
          <Value Key="CallStartTimeUTC" Passes="2" Type="String">[[CallStartTimeUTC].ToString("yyyy-MM-ddTHH:mm:ssZ")]</Value>
          <Value Key="CallEndTimeUTC" Passes="2" Type="String">[[CallEndTimeUTC].ToString("yyyy-MM-ddTHH:mm:ssZ")]</Value>
        </PostValues>
      </Request>
      <Variables />
      <Outputs AllowEmpty="true" />
    </Scenario>
  </Scenarios>
</Crm>
"""


def configuration(kind: str, base: str, token: str, database: str) -> str:
    """The text to paste for a kind of telephone system."""
    address = urlsplit(base)
    values = {
        "base": base,
        "token": token,
        "database": database,
        "source": "HTTPS" if address.scheme == "https" else "HTTP",
        "host": address.hostname or "",
        "port": address.port or (443 if address.scheme == "https" else 80),
        "path": address.path.lstrip("/"),
    }
    if kind == "freepbx":
        return (FREEPBX + ASTERISK).format(**values)
    return {"asterisk": ASTERISK_CALLS + ASTERISK, "3cx": THREE_CX, "twilio": TWILIO}.get(kind, GENERIC).format(**values)


def template_3cx(base: str, database: str) -> str:
    """The CRM template that 3CX imports."""
    return TEMPLATE_3CX.format(
        lookup=quoteattr(f"{base}/lookup?format=json&number=[Number]"), event=quoteattr(f"{base}/event"), database=escape(database)
    )
