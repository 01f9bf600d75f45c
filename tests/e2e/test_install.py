# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts down can be used: by the shell, from C, from C++, after being moved."""
import os
import pathlib
import subprocess

import pytest

CONSUMER = """
#include <stdio.h>
#include <wherry/error.h>
#include <wherry/wherry.h>
int main(void)
{
    puts(wherry_version());
    return 0;
}
"""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A prefix that was installed somewhere and moved elsewhere."""
    if os.environ.get("WHERRY_SANITIZE"):
        pytest.skip("a library with a sanitizer inside is not what is installed")
    build = pathlib.Path(os.environ["WHERRY"]).resolve().parent
    folder = tmp_path_factory.mktemp("install")
    run("cmake", "--install", build, "--prefix", folder / "first")
    return (folder / "first").rename(folder / "second")


@pytest.fixture(scope="module")
def pkg_config(installed):
    search = next(installed.rglob("wherry.pc")).parent

    def ask(*options):
        environment = dict(os.environ, PKG_CONFIG_PATH=str(search))
        return run("pkg-config", *options, "wherry", env=environment).split()

    return ask


@pytest.mark.parametrize("compiler, suffix, standard", [
    ("gcc", "c", "c11"), ("g++", "cc", "c++17")])
@pytest.mark.parametrize("static", [False, True])
def test_a_program_builds_against_it(installed, pkg_config, tmp_path, compiler, suffix, standard,
                                     static):
    source = tmp_path / f"consumer.{suffix}"
    source.write_text(CONSUMER)
    library = next(installed.rglob("libwherry.a" if static else "libwherry.so"))
    flags = pkg_config("--cflags", "--libs", *(["--static"] if static else []))
    if static:
        flags = [str(library) if flag == "-lwherry" else flag for flag in flags]
    run(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", source,
        "-o", tmp_path / "consumer", *flags)
    says = run(tmp_path / "consumer", env={"LD_LIBRARY_PATH": str(library.parent)})
    assert says == pkg_config("--modversion")[0]


def test_the_program_needs_nothing_beside_it(installed):
    assert "libwherry" not in run("ldd", installed / "bin" / "wherry")
    assert run(installed / "bin" / "wherry", "--version", env={}) != ""


def test_the_library_shows_its_public_names_only(installed):
    library = next(installed.rglob("libwherry.so"))
    names = [line.split()[-1].split("@")[0]
             for line in run("nm", "--dynamic", "--defined-only", library).splitlines()]
    assert names and all(name.startswith("wherry_") for name in names), names


def test_manual_and_completion_are_in_their_places(installed):
    assert (installed / "share" / "man" / "man1" / "wherry.1").is_file()
    assert (installed / "share" / "bash-completion" / "completions" / "wherry").is_file()
