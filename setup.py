"""What goes into the wheel: the console, with its templates and static files inside the package; not the sandbox."""

import runpy

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class BuildPy(build_py):
    """Refuses to build without the browser files, or with others than we know; compiles the translations."""

    def run(self) -> None:
        runpy.run_path("tools/vendor.py")["require"]()
        runpy.run_path("tools/translations.py")["compile_all"]()
        super().run()


setup(
    packages=[
        *find_packages(include=["webapp", "webapp.*"], exclude=["webapp.sandbox", "webapp.sandbox.*"]),
        "webapp.templates",
        "webapp.static",
    ],
    package_dir={"webapp.templates": "templates", "webapp.static": "static"},
    package_data={
        "webapp": ["translations/*/LC_MESSAGES/*.mo"],
        "webapp.history.migrations": ["script.py.mako"],
        "webapp.templates": ["**/*.html"],
        "webapp.static": ["*.css", "*.ico", "*.js", "*.svg", "vendor/*.js"],
    },
    exclude_package_data={"webapp.templates": ["sandbox/*"]},
    include_package_data=False,
    cmdclass={"build_py": BuildPy},
)
