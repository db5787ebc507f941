"""Where the six layers lie, and what to do when git could not make the links to them.

``platform/`` is the source root; relative directory links bring the layers' folders into the package. A
checkout without symbolic links (Git for Windows by default) holds a small text file in each link's place.
Imports still work there, because ``search_path`` names the real folders. Tools that walk the package would
see six empty layers without an error, so building a wheel and type checking call ``require_links`` first.

Run as a script (``python -P platform/lockstep/_layout.py``) it makes that check for the shell. It imports the
standard library only: the build runs it before anything is installed.
"""

import os
import sys

LINKS = {
    "kernels": "../kernels",
    "vector": "../vector",
    "live": "../live",
    "data": "../../data",
    "strategies": "../../strategies",
    "analytics": "../../analytics",
}
"""Layer name -> the link's target, relative to the package folder."""

PACKAGE = os.path.dirname(os.path.abspath(__file__))


def missing_links(package: str = PACKAGE) -> list[str]:
    """Name the layers that are not folders inside `package`, in the order of `LINKS`."""
    return [name for name in LINKS if not os.path.isdir(os.path.join(package, name))]


def search_path(package: str = PACKAGE) -> list[str]:
    """Return the folders that hold the layers which `package` can't reach through its links.

    Empty in a checkout with links and in an installed wheel.
    """
    targets = (os.path.normpath(os.path.join(package, LINKS[name])) for name in missing_links(package))
    return list(dict.fromkeys(os.path.dirname(target) for target in targets))


def require_links(purpose: str, package: str = PACKAGE) -> None:
    """Stop with the cure if a layer is missing from `package`: `purpose` would leave it out without notice.

    Raises:
        SystemExit: at least one layer is not a folder inside `package` (exit code 1).
    """
    missing = missing_links(package)
    if missing:
        raise SystemExit(
            f"error: {purpose} needs {', '.join(missing)} as folders in {package}, but this checkout has no "
            "symbolic links there, and these layers would be left out without notice. Switch links on and "
            "check out again: git config core.symlinks true && git checkout -- platform/lockstep "
            "(on Windows with developer mode on)."
        )


if __name__ == "__main__":
    require_links(" ".join(sys.argv[1:]) or "this command")
