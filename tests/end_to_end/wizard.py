"""A person's way through the wizard: keys only, reading the screen between them."""

from __future__ import annotations

from tests.end_to_end.terminal import Terminal


def new_hotfix(screen: Terminal, name: str) -> None:
    """From Home to the Environment screen of a new hotfix on the one production org that is known."""
    screen.wait_for(r"No hotfix yet|HF-\d")
    screen.wait_for(r"PRODUCTION +connected")
    screen.press("n")
    screen.wait_for("name of the hotfix")
    screen.wait_for(r"● \S+ +\S.*connected")
    screen.pause()
    screen.type(name)
    screen.press("enter")
    screen.pause()
    screen.press("enter")
    screen.wait_for(r"\[1 Environment")


def choose_environment(screen: Terminal, alias: str) -> None:
    """Finds `alias` by its name in the list and chooses it."""
    screen.wait_for(rf"● {alias} +sandbox.*connected")
    filtered(screen, alias)
    screen.press("enter")
    screen.wait_for(rf"→ {alias} ")
    screen.wait_for(r"\[2 Seed: Compare")


def filtered(screen: Terminal, text: str) -> None:
    """Filters the list that has the focus."""
    screen.press("/")
    screen.pause()
    screen.type(text)
    screen.press("enter")
    screen.pause()


def compare_and_resolve(screen: Terminal, blocking: int) -> None:
    """Compares, and brings what blocks from production to the environment."""
    screen.press("c")
    screen.wait_for(rf"{blocking} block", 60)
    screen.wait_for("Compare done", 60)
    screen.press("b")
    screen.wait_for("Bring components")
    screen.wait_for(rf"Deploy {blocking} components")
    screen.pause()
    screen.press("y")
    screen.wait_for("Resolve done", 60)


def seed(screen: Terminal, data_set: str) -> None:
    """Plans, adopts the twin, seeds, takes the baseline."""
    screen.press("t")
    screen.wait_for(r"\[2 Seed: Data")
    screen.press("d")
    screen.wait_for(rf"\({data_set}\)")
    screen.pause()
    screen.press("enter")
    screen.pause()
    screen.press("p")
    screen.wait_for("Plan done", 60)
    screen.press("s")
    screen.wait_for("Decide later")
    screen.pause()
    screen.press("down", "enter")
    screen.wait_for("will be adopted")
    screen.press("s")
    screen.wait_for("Production is only read")
    screen.pause()
    screen.press("y")
    screen.wait_for("Seed: done", 90)


def take_baseline(screen: Terminal) -> None:
    """The environment's baseline: from here on every change is the fix."""
    screen.press("b")
    screen.wait_for("Baseline taken", 60)


def make_and_find_fix(screen: Terminal) -> None:
    """Waits on the fix screen, lets the prepared fix be made, and looks for it."""
    screen.press("3")
    screen.wait_for("Make your fix")
    screen.pause()
    screen.press("a")
    screen.wait_for("changes were made", 60)
    screen.press("r")
    screen.wait_for(r"The fix  10 components, 9 records", 60)


def promote(screen: Terminal, production: str) -> None:
    """Validates, then promotes; each asks for the alias of production in full."""
    for key, title, done in (("V", "Validate", "Validate done"), ("D", "Promote", "Promote done")):
        screen.press(key)
        screen.wait_for("Type the alias")
        screen.pause()
        screen.type(production)
        screen.press("enter")
        screen.wait_for(done, 120)
        assert title in done


def sync(screen: Terminal) -> None:
    """Compares all other orgs with the fix, then brings it to them."""
    screen.press("4")
    screen.wait_for(r"\[4 Sync")
    screen.press("c")
    screen.wait_for("differ and are left alone", 60)
    screen.wait_for("Sync compare done|Sync compare", 60)
    screen.press("s")
    screen.wait_for("Production is not written")
    screen.pause()
    screen.press("y")
    screen.wait_for("Sync done", 120)
