"""RunRelevantTests: which test classes a package sets off (beta since Spring '26; API 66 for the two annotations).

Salesforce says that it analyses the package and its dependencies, not how. Here a test class is relevant when the
package brings it, when it is marked `@IsTest(critical=true)`, when its `testFor` names something of the package, or
when it names a class or trigger's object of the package, itself or by way of classes that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hotfix_tui.localorg.metadata.apex import blanked, trigger_header
from hotfix_tui.localorg.metadata.package import Package

_CRITICAL = re.compile(r"@\s*IsTest\s*\([^)]*\bcritical\s*=\s*true\b", re.IGNORECASE)
_TEST_FOR = re.compile(r"@\s*IsTest\s*\([^)]*\btestFor\s*=\s*'([^']*)'", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Za-z]\w*\b")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def relevant_tests(tests: Iterable[str], bodies: Mapping[str, str], package: Package) -> set[str]:
    """The names (lower case) of the relevant ones among `tests`. `bodies`: every class's source by lower-case name."""
    brought = {(item.type, item.full_name.lower()) for item in package.items}
    wanted = {name for kind, name in brought if kind == "ApexClass"}
    for item in package.items:
        header = trigger_header(item.component.body) if item.type == "ApexTrigger" else None
        if header is not None:
            wanted.add(header.object.lower())
    used = {name: frozenset(found.lower() for found in _NAME.findall(blanked(body))) for name, body in bodies.items()}
    found = set()
    for test in (name.lower() for name in tests):
        body = _COMMENT.sub(" ", bodies.get(test, ""))
        if test in wanted or _CRITICAL.search(body) or _named_for(body, brought) or _reach(test, used) & wanted:
            found.add(test)
    return found


def _named_for(body: str, brought: set[tuple[str, str]]) -> bool:
    for match in _TEST_FOR.finditer(body):
        for part in match[1].split(","):
            kind, _, name = part.strip().partition(":")
            if (kind, name.strip().lower()) in brought:
                return True
    return False


def _reach(name: str, used: Mapping[str, frozenset[str]]) -> set[str]:
    """Every name that a class uses, and those that the classes among them use."""
    reached: set[str] = set()
    todo = [name]
    while todo:
        new = used.get(todo.pop(), frozenset()) - reached
        reached |= new
        todo.extend(other for other in new if other in used)
    return reached
