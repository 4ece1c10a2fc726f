"""What a person can type. No logic: each command is a function elsewhere, imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from hotfix_tui import __version__
from hotfix_tui.headless import codes
from hotfix_tui.headless.login_arguments import add_logins
from hotfix_tui.headless.output import Output

_EXAMPLES = """\
examples:
  hotfix-tui demo                                        an incident on your own machine, to try everything
  hotfix-tui                                             the screens
  hotfix-tui new "100 % discount" --production prod --environment hfx1
  hotfix-tui seed HF-1 --data-set rules.toml             compare, bring what blocks, seed, take the baseline
  hotfix-tui promote HF-1 --confirm prod                 the fix to production; the alias typed in full
  hotfix-tui sync HF-1                                   the fix to all other orgs
  hotfix-tui compare prod ./force-app --json             two orgs or folders
  hotfix-tui compare prod uat --data-set rules.toml      the records of a data set, by key

"""
_LOCAL_ORGS = "local-orgs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what was typed; the exit code."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)  # what this program writes is nobody else's business
    try:
        args = _parser(typed).parse_args(typed)
    except SystemExit as end:
        return int(end.code or 0)
    if args.ca:
        if not os.path.isfile(args.ca):  # noqa: PTH113 - pathlib is not needed for anything else here
            print(f"{args.ca} is not a file of authorities.", file=sys.stderr)
            return codes.USAGE
        os.environ["REQUESTS_CA_BUNDLE"] = os.path.abspath(args.ca)  # noqa: PTH100 - the runner inherits it
    try:
        return _run(args)
    except BrokenPipeError:
        # Whoever read our words has gone; the runner has not.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return codes.UNFINISHED


def _run(args: argparse.Namespace) -> int:
    command: str = args.run
    if command == _LOCAL_ORGS:
        from hotfix_tui.localorg import command as local_orgs

        return local_orgs.run(args)
    output = Output(json=getattr(args, "json", False))
    try:
        return _function(command)(args, output)
    except KeyboardInterrupt:
        output.message("Cancelled.")
        return codes.CANCELLED
    except Exception as error:
        from hotfix_tui.headless.mistakes import told

        return told(error, args.command or "ui", output)


def _function(name: str) -> Callable[[argparse.Namespace, Output], int]:
    module, _, function = name.rpartition(".")
    found: Callable[[argparse.Namespace, Output], int] = getattr(
        importlib.import_module(f"hotfix_tui.{module}" if module == "demo" else f"hotfix_tui.headless.{module}"),
        function,
    )
    return found


def _parser(typed: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hotfix-tui",
        description="Make a Salesforce hotfix safely, from a terminal, with an incident running.",
        epilog=_EXAMPLES + codes.EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hotfix-tui {__version__}")
    parser.add_argument("--ca", metavar="FILE", help="authorities to trust besides the system's (PEM)")
    parser.set_defaults(run="demo.open_screens", command="")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add = _Adder(commands)
    _add_steps(add)
    _add_looks(add)
    demo = add("demo", "demo.demo", "start the local orgs of the incident, and open the screens on it")
    demo.add_argument("--reset", action="store_true", help="make the orgs anew; what was written to them is lost")
    demo.add_argument("--scenario", default="incident", metavar="FOLDER", help="a scenario of your own instead")
    local_orgs = commands.add_parser(_LOCAL_ORGS, help="orgs on this machine: start, stop, status, apply, control")
    local_orgs.set_defaults(run=_LOCAL_ORGS)
    if typed[:1] == [_LOCAL_ORGS]:
        from hotfix_tui.localorg.command import add_arguments

        add_arguments(local_orgs)
    return parser


class _Adder:
    """Adds commands that look alike: a description that says what happens, an example, the exit codes."""

    def __init__(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        self._commands = commands

    def __call__(
        self, name: str, run: str, help_text: str, *, example: str = "", json: bool = False
    ) -> argparse.ArgumentParser:
        parser = self._commands.add_parser(
            name,
            help=help_text,
            description=help_text[0].upper() + help_text[1:] + ".",
            epilog=(f"example:\n  {example}\n\n" if example else "") + codes.EXPLAINED,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.set_defaults(run=run)
        if json:
            parser.add_argument(
                "--json", action="store_true", help="print events, one JSON object a line; words for people to stderr"
            )
        return parser


def _add_steps(add: _Adder) -> None:
    new = add(
        "new",
        "steps.new",
        "begin a hotfix, and choose the org in which the fix is made",
        example='hotfix-tui new "100 %% discount" --production prod --environment hfx1'.replace("%%", "%"),
        json=True,
    )
    new.add_argument("name", metavar="NAME", help="what it is about")
    new.add_argument("--production", required=True, metavar="ALIAS", help="the org that must be mended")
    new.add_argument("--environment", required=True, metavar="ALIAS", help="a sandbox or scratch org")
    seed = add(
        "seed",
        "steps.seed",
        "compare production with the environment, bring what blocks, seed its records, take its baseline",
        example="hotfix-tui seed HF-1 --data-set rules.toml",
        json=True,
    )
    _hotfix(seed)
    which = seed.add_mutually_exclusive_group(required=True)
    which.add_argument("--data-set", metavar="FILE|NAME", help="which records belong together")
    which.add_argument("--undo", action="store_true", help="take back what this hotfix's seeds wrote, and nothing else")
    seed.add_argument("--no-resolve", action="store_true", help="do not deploy production's blocking components first")
    seed.add_argument("--adopt-twins", action="store_true", help="give the key to rows that look the same but lack it")
    seed.add_argument("--retry-failed", action="store_true", help="only try again what was refused")
    seed.add_argument("--rehearse", action="store_true", help="only try the rows in graphs that are rolled back")
    seed.add_argument("--rehearse-first", action="store_true", help="the same with automations off, before writing")
    seed.add_argument("--refused-csv", metavar="FILE", help="write the refused rows, with the org's words, into FILE")
    seed.add_argument(
        "--way",
        action="append",
        default=[],
        type=_way,
        metavar="NAME=WAY",
        help="what happens to an automation (Flow:Name, or * for all others) while writing: header, bypass, setting, "
        "switch_off (for everybody in the org) or leave; may be repeated",
    )
    seed.add_argument("--accept-refused", action="store_true", help="take the baseline although rows were refused")
    promote = add(
        "promote",
        "steps.promote",
        "find the fix, validate it, deploy it to production, write its records, undo the containment last",
        example="hotfix-tui promote HF-1 --confirm prod",
        json=True,
    )
    _hotfix(promote)
    promote.add_argument("--confirm", required=True, metavar="ALIAS", help="production's alias, typed in full")
    promote.add_argument("--validate-only", action="store_true", help="check the fix in production, deploy nothing")
    sync = add(
        "sync",
        "steps.sync",
        "bring the fix to the other orgs, all at once; what differs there is left alone and listed",
        example="hotfix-tui sync HF-1 --to uat qa",
        json=True,
    )
    _hotfix(sync)
    sync.add_argument("--to", nargs="+", metavar="ALIAS", help="only these orgs (default: all others, then finish)")
    restore = add("restore", "steps.restore", "switch automations on again that a lost runner left off", json=True)
    restore.add_argument("id", nargs="?", metavar="ID", help="one hotfix (default: all)")
    restore.add_argument(
        "--gone",
        metavar="ALIAS",
        default="",
        help="the org that ALIAS meant was refreshed or deleted: what is open is void",
    )
    resume = add("resume", "steps.resume", "go on with what a lost runner left unfinished", json=True)
    _hotfix(resume)
    resume.add_argument("--confirm", metavar="ALIAS", help="production's alias, if what is unfinished writes there")
    _hotfix(add("cancel", "steps.cancel", "ask the running step to end at its next safe point", json=True))


def _add_looks(add: _Adder) -> None:
    compare = add(
        "compare",
        "demo.compare",
        "compare two orgs or folders, component by component: on a screen, or in words where there is no terminal",
        example="hotfix-tui compare prod ./force-app --json",
        json=True,
    )
    compare.add_argument("a", metavar="A", help="an org's alias, a folder, or a folder at a git revision (./src@v1.4)")
    compare.add_argument("b", metavar="B", help="another one")
    compare.add_argument(
        "--fresh", action="store_true", help="fetch every body again, whatever is kept on this machine"
    )
    compare.add_argument("--text", action="store_true", help="print words also in a terminal")
    compare.add_argument("--md", action="store_true", help="print a Markdown document with every difference")
    compare.add_argument(
        "--manifests", metavar="DIR", help="write package.xml and destructiveChanges.xml that would make B what A is"
    )
    compare.add_argument("--no-ignore", action="store_true", help="take no notice of the ignore rules in config.toml")
    compare.add_argument(
        "--filter",
        metavar="WORDS",
        help="only what these let through, as / on the screen: 'type:Flow by:smith since:2d'",
    )
    compare.add_argument(
        "--impact", metavar="OF", help="only what belongs to a record (its id), a component (Type:Name) or an object"
    )
    compare.add_argument(
        "--dependencies", action="store_true", help="also what each difference depends on, and what uses it"
    )
    compare.add_argument("--managed", action="store_true", help="also what belongs to installed packages")
    compare.add_argument("--type", action="append", metavar="TYPE", help="only this metadata type (may be repeated)")
    compare.add_argument(
        "--data-set", metavar="FILE|NAME", help="compare the records of this data set instead: by key, field by field"
    )
    compare.add_argument("--owners", action="store_true", help="with --data-set: compare who owns each record, too")
    status = add("status", "looks.status", "where a hotfix stands, or all", json=True)
    status.add_argument("id", nargs="?", metavar="ID", help="one hotfix (default: all)")
    add_logins(add("orgs", "looks.orgs", "the orgs this machine knows, as they answer now", json=True))
    export = add(
        "export",
        "keeping.export",
        "write a hotfix into one file, to go on or to restore on another machine; says first what the file holds",
        example="hotfix-tui export HF-1 --out HF-1.hotfix",
    )
    _hotfix(export)
    export.add_argument("--out", metavar="FILE", help="where (default: ID.hotfix here); readable by you alone")
    export.add_argument("--yes", action="store_true", help="do not ask")
    bring = add("import", "keeping.bring", "take in a hotfix that another machine has exported")
    bring.add_argument("file", metavar="FILE", help="what export wrote")
    forget = add(
        "forget", "keeping.forget", "remove a hotfix's baselines, snapshots and before-images now; its log stays"
    )
    _hotfix(forget)
    forget.add_argument("--yes", action="store_true", help="do not ask")
    sets = add(
        "data-sets",
        "data_sets.data_sets",
        "which records belong together: list data sets, show one, check one against an org, make one around a record",
        example="hotfix-tui data-sets check price_books_and_products --org prod",
        json=True,
    )
    sets.add_argument(
        "act", nargs="?", default="list", choices=("list", "show", "check", "around"), help="default: list"
    )
    sets.add_argument("name", nargs="?", metavar="NAME|FILE|ID", help="the data set; for around, a record's id")
    sets.add_argument("--org", metavar="ALIAS", help="the org that is asked")
    sets.add_argument("--save", metavar="NAME", help="with around: keep it as your own data set of this name")
    add("paths", "looks.show_paths", "where hotfixes, logs, data sets and local orgs are kept")


def _way(text: str) -> tuple[str, str]:
    name, _, way = text.rpartition("=")
    if not name or way not in ("header", "bypass", "setting", "switch_off", "leave"):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=WAY with header, bypass, setting, switch_off or leave")
    return name, way


def _hotfix(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the hotfix, for example HF-1 (hotfix-tui status lists them)")
