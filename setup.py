"""Build hook: everything else about the build stands in pyproject.toml.

setuptools packs what it finds in the package folder. In a checkout without symbolic links it would find no
layer and ship an almost empty archive without an error, so both archive builders ask for the links first.
An editable install needs no links and is let through.
"""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

require_links = runpy.run_path(str(Path(__file__).parent / "platform/lockstep/_layout.py"))["require_links"]


class WheelWithLayers(bdist_wheel):
    """Builds a wheel, but never one without the layers."""

    def run(self) -> None:
        """Check the links, then build."""
        require_links("building a wheel")
        super().run()


class SdistWithLayers(sdist):
    """Builds a source archive, but never one without the layers."""

    def run(self) -> None:
        """Check the links, then build."""
        require_links("building a source archive")
        super().run()


setup(cmdclass={"bdist_wheel": WheelWithLayers, "sdist": SdistWithLayers})
