"""Where the style sheets are: `hotfix_tui/styles` in a wheel, `styles` beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def style_folder() -> Path:
    """The folder of the `.tcss` files. Raises FileNotFoundError with a sentence when an installation lacks them."""
    for folder in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (folder / "theme.tcss").is_file():
            return folder
    raise FileNotFoundError(
        f"This installation has no style sheets (looked in {_PACKAGE / 'styles'}): install it again."
    )


def style_sheets() -> list[Path]:
    """All style sheets; `theme.tcss` first, so that a screen's own file can say otherwise."""
    folder = style_folder()
    others = sorted(path for path in folder.glob("*.tcss") if path.name != "theme.tcss")
    return [folder / "theme.tcss", *others]
