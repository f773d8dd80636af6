"""The commands of ``./workbench``."""

import argparse
import shutil
import subprocess
import sys

from .ground import STATE, Failure, say


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="workbench", description="The one door to the project. Everything it makes is kept in .workbench/.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="serve the product with a demo story on this machine")
    demo.add_argument("--port", type=int, default=8069, help="port to serve on (default 8069, or the next free one)")
    demo.add_argument("--reset", action="store_true", help="begin the story anew, dropping what was changed in it")

    test = commands.add_parser("test", help="run the tests and the lint, all or some")
    test.add_argument("what", nargs="*", help="addons, folders or files; everything if none is named")
    test.add_argument("-k", dest="keyword", help="only tests whose name matches (pytest's -k)")
    test.add_argument("--full", action="store_true", help="property tests with their full number of steps")
    test.add_argument("-x", dest="first", action="store_true", help="stop at the first failure")
    test.add_argument("-n", dest="workers", type=int, help="test processes (default: 2 for a whole run, else 1)")

    load = commands.add_parser("load", help="load past sales from a CSV in the layout of the UCI Online Retail file")
    load.add_argument("file", help="a .csv or .csv.gz file")
    load.add_argument("--database", help="the database to load into (default: one of its own, made when missing)")
    load.add_argument("--through-orm", action="store_true", help="write through Odoo's ORM: the slow way, for comparison")

    bench = commands.add_parser("bench", help="run benchmarks, each figure beside its bound")
    bench.add_argument("names", nargs="*", help="benchmarks in tests/benchmarks; all if none is named")
    bench.add_argument("--scale", choices=("small", "large"), default="small")
    bench.add_argument("--write", action="store_true", help="append the figures to docs/benchmarks.md")

    shot = commands.add_parser("shot", help="take a screenshot of the running demo")
    shot.add_argument("page", help="an address such as /odoo/customers, or the external id of an action")
    shot.add_argument("file", help="where to write the PNG")
    shot.add_argument("--width", type=int, default=1400)
    shot.add_argument("--height", type=int, default=900)
    shot.add_argument("--lang", default="en_US")
    shot.add_argument("--as", dest="login", default="manager")
    shot.add_argument("--click", action="append", default=[], help="CSS selector to click first; may be repeated")
    shot.add_argument("--dark", action="store_true")

    shell = commands.add_parser("shell", help="Odoo's Python shell on the demo database")
    shell.add_argument("--database")
    odoo = commands.add_parser("odoo", help="any Odoo command line, with the right Python and server", add_help=False)
    odoo.add_argument("words", nargs=argparse.REMAINDER)
    translate = commands.add_parser("translate", help="refresh the addons' terms and say what lacks Indonesian")
    translate.add_argument("addons", nargs="*")
    commands.add_parser("up", help="make everything ready and start PostgreSQL, which then stays up until 'down'")
    commands.add_parser("down", help="stop the demo and PostgreSQL")
    commands.add_parser("clean", help="remove everything the workbench made")
    return top


def main() -> int:
    arguments = parser().parse_args()
    try:
        return globals()[f"command_{arguments.command}"](arguments) or 0
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130


def command_demo(arguments) -> int:
    from . import demo

    return demo.serve(arguments.port, arguments.reset)


def command_test(arguments) -> int:
    from . import testing

    return testing.run_tests(arguments)


def command_load(arguments) -> int:
    from . import loading

    return loading.load(arguments)


def command_bench(arguments) -> int:
    from . import bench

    return bench.run_benchmarks(arguments)


def command_shot(arguments) -> int:
    from . import shot

    return shot.take(arguments)


def command_shell(arguments) -> int:
    from . import demo

    return demo.odoo_command(["shell"], arguments.database)


def command_odoo(arguments) -> int:
    from . import demo

    return demo.odoo_command(arguments.words, None)


def command_translate(arguments) -> int:
    from . import translate

    return translate.translate(arguments)


def command_up(arguments) -> int:
    from .database import Workshop, odoo_version_line
    from .postgres import Server

    server = Server()
    server.start()
    (STATE / "keep-server").touch()
    odoo_version_line(Workshop(server))
    return 0


def command_down(arguments) -> int:
    from . import demo
    from .postgres import Server

    (STATE / "keep-server").unlink(missing_ok=True)
    demo.stop_running()
    Server().stop()
    return 0


def command_clean(arguments) -> int:
    command_down(arguments)
    if sys.platform.startswith("linux") and STATE.exists():
        subprocess.run(["chmod", "-R", "u+w", str(STATE)], check=False, capture_output=True)
    shutil.rmtree(STATE, ignore_errors=True)
    return 0
