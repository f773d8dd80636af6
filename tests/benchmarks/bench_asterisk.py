"""A real Asterisk, driven by real SIP, with the configuration that the record of the telephone system offers to paste.

Asterisk and SIPp come from the Debian suite that Odoo comes from, unpacked without installing. Where they cannot be had, it says so.
"""

import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from odoo import Command

from tests.benchmarks.ground import environment
from tests.benchmarks.serving import served
from tools.bench import figure
from tools.debian import Suite, unpack
from tools.ground import STATE, Failure, folder_once, free_ports

CALLER = "+6281234567890"
# Within ExecIf($["${NAME}" != ""]?Set(...)), this would make the condition false, and run what comes after the colon.
NAME = 'a" = "b" & "):System(touch made'
ASTERISK = """[directories]
astetcdir => {home}/etc
astmoddir => {root}/usr/lib/x86_64-linux-gnu/asterisk/modules
astvarlibdir => {root}/usr/share/asterisk
astdatadir => {root}/usr/share/asterisk
astdbdir => {home}/run
astkeydir => {home}/run
astagidir => {home}/run
astspooldir => {home}/run
astrundir => {home}/run
astlogdir => {home}/log
[options]
verbose = 3
"""
PJSIP = """[transport]
type=transport
protocol=udp
bind=127.0.0.1:{sip}
[trunk]
type=endpoint
context={context}
disallow=all
allow=ulaw
[trunk]
type=identify
endpoint=trunk
match=127.0.0.1
[101]
type=endpoint
disallow=all
allow=ulaw
aors=101
[101]
type=aor
contact=sip:agent@127.0.0.1:{agent}
"""
PLAIN = """[incoming]
exten => _X.,1,Gosub(odoo-ring,s,1(${EXTEN}))
 same => n,Verbose(0,SHOWN ${CALLERID(name)})
 same => n,Dial(PJSIP/${EXTEN},8,U(odoo-answer^${EXTEN}))
 same => n,Hangup()
"""
# Where FreePBX 17 calls its hooks, with the options that it dials with, and the empty hooks that it ships: a route and a ring group.
FREEPBX = """
[from-pstn]
include => from-pstn-custom
include => ext-did

[ext-did]
exten => 500,1,Set(__FROM_DID=${EXTEN})
 same => n,Verbose(0,SHOWN ${CALLERID(name)})
 same => n,Gosub(macro-dial-one,s,1(8,r,101))
 same => n,Hangup()
exten => 600,1,Set(__FROM_DID=${EXTEN})
 same => n,Verbose(0,SHOWN ${CALLERID(name)})
 same => n,Set(FILTERED_DIAL=101-102)
 same => n,Set(ds=PJSIP/101,8,rU(macro-auto-blkvm))
 same => n,Gosub(macro-dial-ringall-predial-hook,s,1())
 same => n,Dial(${ds}b(func-apply-sipheaders^s^1))
 same => n,Hangup()

[macro-dial-one]
exten => s,1,Set(EXTTOCALL=${ARG3})
 same => n,Set(D_OPTIONS=${ARG2}U(macro-auto-blkvm))
 same => n,Gosub(macro-dialout-one-predial-hook,s,1())
 same => n,Dial(PJSIP/${EXTTOCALL},${ARG1},${D_OPTIONS}b(func-apply-sipheaders^s^1))
 same => n,Return()

[macro-auto-blkvm]
exten => s,1,Verbose(0,BLOCKED voicemail)
 same => n,Return()

[func-apply-sipheaders]
exten => s,1,Return()

[macro-dialout-one-predial-hook]
exten => s,1,Return()

[macro-dial-ringall-predial-hook]
exten => s,1,Return()
"""


def main() -> None:
    try:
        root = folder_once(STATE / "asterisk", "Asterisk and SIPp", fetch)
    except Failure as failure:
        print(f"no Asterisk to drive: {failure.what}")
        figure("asterisk_available", 0, 1, at_least=True)
        return
    figure("asterisk_available", 1, 1, at_least=True)
    with environment() as env:
        indonesia = env.ref("base.id")
        env["res.partner"].create({"name": NAME, "phone": "0812 3456 7890", "country_id": indonesia.id})
        endpoint = env["crm.cti.endpoint"].create(
            {
                "name": "Asterisk",
                "kind": "asterisk",
                "country_id": indonesia.id,
                "extension_ids": [Command.create({"name": "101", "user_id": env.ref("base.user_admin").id})],
            }
        )
        token = endpoint.action_new_token()["context"]["default_token"]
        env.cr.commit()
        with served(env.cr.dbname, workers=2) as (address, _log):
            endpoint.public_url = address
            env.cr.commit()
            for kind, context, numbers, dialplan in (
                ("asterisk", "incoming", ["101"], PLAIN),
                ("freepbx", "from-pstn", ["500", "600"], FREEPBX),
            ):
                endpoint.kind = kind
                configuration = endpoint._configuration(token)
                env.cr.commit()
                with tempfile.TemporaryDirectory() as home, Asterisk(root, Path(home), context, f"{configuration}\n{dialplan}") as asterisk:
                    for number in numbers:
                        answered = follow(env, asterisk, number, answer=True)
                        missed = follow(env, asterisk, number, answer=False)
                        print(f"{kind} {number}: states of the answered call {answered}, of the missed one {missed}")
                        figure(
                            f"{kind}_{number}_answered_seen_ringing_talking_done",
                            answered == ["ringing", "talking", "done"],
                            1,
                            at_least=True,
                        )
                        figure(f"{kind}_{number}_missed_seen_ringing_missed", missed == ["ringing", "missed"], 1, at_least=True)
                    shown, blocked = asterisk.said("SHOWN"), asterisk.said("BLOCKED")
                    made = list(Path(home).rglob("made"))
                figure(f"{kind}_caller_named_on_the_handset", shown == [NAME] * 2 * len(numbers), 1, at_least=True)
                figure(f"{kind}_names_that_were_run", len(made), 0)
                if kind == "freepbx":
                    figure("freepbx_own_routines_still_run", len(blocked) == len(numbers), 1, at_least=True)


def fetch(folder: Path) -> None:
    Suite("sid").download_with_needs(["asterisk", "sip-tester"], folder)
    unpack(folder)


def follow(env, asterisk, extension, answer) -> list[str]:
    """The states that a new call goes through, until it has ended, by the reports kept of it: a telephone may answer at once."""
    before = env["crm.call"].search([]).ids
    env.cr.commit()
    processes = asterisk.call(extension, answer)
    call, limit = env["crm.call"], time.monotonic() + 40
    while time.monotonic() < limit and call.state not in ("done", "missed"):
        time.sleep(0.1)
        env.cr.rollback()
        env.invalidate_all()
        call = env["crm.call"].search([("id", "not in", before)])
    for process in processes:
        process.terminate()
        process.wait()
    if not call:
        return []
    assert (call.partner_id.name, call.user_id.login, call.match) == (NAME, "admin", "known"), call.read()
    assert bool(call.answered_at) == answer, call.read()
    reports = env["crm.cti.event"].search([("call_id", "=", call.id)], order="id").mapped("detail")
    # In the order in which they came; the last one is the end.
    kinds = dict.fromkeys(report.partition(" ")[0] for report in reports)
    states = {"ring": "ringing", "answer": "talking"}
    return [*(states[kind] for kind in kinds if kind in states), call.state]


class Asterisk:
    """One that listens on the loopback address, and SIPp for its trunk and for its agent."""

    def __init__(self, root: Path, home: Path, context: str, dialplan: str):
        self.root, self.home = root, home
        self.sip, self.agent, self.trunk = free_ports(3)
        for folder in ("etc", "run", "log"):
            (home / folder).mkdir()
        etc = home / "etc"
        (etc / "asterisk.conf").write_text(ASTERISK.format(root=root, home=home))
        (etc / "modules.conf").write_text("[modules]\nautoload=yes\nnoload=chan_iax2.so\nnoload=chan_unistim.so\nnoload=pbx_dundi.so\n")
        (etc / "logger.conf").write_text("[logfiles]\nfull => notice,warning,error,verbose\n")
        (etc / "pjsip.conf").write_text(PJSIP.format(context=context, sip=self.sip, agent=self.agent))
        (etc / "rtp.conf").write_text("[general]\nrtpstart=20000\nrtpend=20100\n")
        (etc / "extensions.conf").write_text(dialplan)
        libraries = {str(path.parent) for path in root.glob("usr/lib/x86_64-linux-gnu/**/*.so*") if "modules" not in path.parts}
        self.loader = [str(root / "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"), "--library-path", ":".join(sorted(libraries))]

    def start(self, program: str, *words: object) -> subprocess.Popen:
        command = [*self.loader, str(self.root / program), *map(str, words)]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.home / "run", **quiet)

    def __enter__(self):
        self.process = self.start("usr/sbin/asterisk", "-f", "-C", self.home / "etc" / "asterisk.conf")
        limit = time.monotonic() + 60
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > limit:
                raise Failure("Asterisk did not start", f"its log ends: {self.log()[-500:]}")
            time.sleep(0.3)
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(20)

    def ready(self) -> bool:
        """Whether it answers an OPTIONS request, which it does once everything is loaded."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            handle.bind(("127.0.0.1", 0))
            handle.settimeout(1)
            here = f"127.0.0.1:{handle.getsockname()[1]}"
            words = (
                f"OPTIONS sip:127.0.0.1:{self.sip} SIP/2.0",
                f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{time.monotonic_ns()}",
                f"From: <sip:probe@{here}>;tag=1",
                f"To: <sip:127.0.0.1:{self.sip}>",
                f"Call-ID: {time.monotonic_ns()}",
                "CSeq: 1 OPTIONS",
                f"Contact: <sip:{here}>",
                "Max-Forwards: 70",
                "Content-Length: 0",
            )
            handle.sendto(("\r\n".join(words) + "\r\n\r\n").encode(), ("127.0.0.1", self.sip))
            try:
                return handle.recv(4096).startswith(b"SIP/2.0")
            except OSError:
                return False

    def log(self) -> str:
        path = self.home / "log" / "full"
        return path.read_text(errors="replace") if path.exists() else ""

    def said(self, word: str) -> list[str]:
        """What the dialplan wrote into the log after ``word``."""
        return re.findall(rf"(?<!,){word} (.+)", self.log())

    def call(self, extension: str, answer: bool) -> list[subprocess.Popen]:
        """A call from outside to an extension, whose telephone answers or lets it ring."""
        plain = subprocess.run(
            [*self.loader, str(self.root / "usr/bin/sipp"), "-sd", "uac"], capture_output=True, text=True, check=False
        ).stdout
        scenario = self.home / "uac.xml"
        scenario.write_text(plain[plain.index("<?xml") :].replace("sipp <sip:sipp@", f"<sip:{CALLER}@"))
        telephones = [self.start("usr/bin/sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", self.agent, "-m", 1, "-nostdin")] if answer else []
        time.sleep(0.5)
        words = [
            "-sf",
            scenario,
            "-i",
            "127.0.0.1",
            "-p",
            self.trunk,
            "-s",
            extension,
            "-m",
            1,
            "-d",
            4000,
            "-nostdin",
            f"127.0.0.1:{self.sip}",
        ]
        return [*telephones, self.start("usr/bin/sipp", *words)]


if __name__ == "__main__":
    main()
