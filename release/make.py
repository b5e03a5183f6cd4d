#!/usr/bin/env python3
"""Makes what a release consists of, in dist/: an archive with the program, completions, manual pages, documents and licences, a Debian package,
a bill of materials, and the checksums of all. The wheel is made by `maturin build --release --manifest-path python/Cargo.toml`.

    python3 release/make.py [TARGET]     # TARGET as `rustc --print target-list` has them; default: this machine's

Needs cargo and, for the Debian package, dpkg-deb. Equal sources, compiler and path of the checkout give equal archives: times in
them are those of the last commit.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
SHELLS = {"bash": "molgpt.bash", "zsh": "_molgpt", "fish": "molgpt.fish", "powershell": "molgpt.ps1"}
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}


def run(*words: str | Path) -> str:
    return subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def crates(target: str) -> list[dict]:
    """The crates that are in the program, with the folders of their sources."""
    tree = run("cargo", "tree", "--locked", "--edges=normal", "--prefix=none", "--format={p}", f"--target={target}")
    words = [line.split() for line in tree.splitlines() if line and "(proc-macro)" not in line]
    found = {(name, version.removeprefix("v")) for name, version, *_ in words}
    graph = json.loads(run("cargo", "metadata", "--format-version=1", "--locked"))
    known = [package for package in graph["packages"] if (package["name"], package["version"]) in found]
    return sorted(known, key=lambda package: (package["name"], package["version"]))


def licences(packages: list[dict]) -> str:
    """The licences of the crates, each text once."""
    texts: dict[str, list[str]] = {}
    lines = ["The program contains these crates under these licences.", ""]
    for package in packages:
        name = f"{package['name']} {package['version']}"
        lines.append(f"{name}: {package['license'] or 'see its licence file'}")
        folder = Path(package["manifest_path"]).parent
        files = [file for file in folder.iterdir() if file.name.upper().startswith(("LICEN", "COPYING", "NOTICE", "COPYRIGHT"))]
        for file in sorted(file for file in files if file.is_file()):
            text = file.read_text(encoding="utf-8", errors="replace").strip()
            texts.setdefault(text, []).append(f"{name}: {file.name}")
    for text, names in texts.items():
        lines += ["", "=" * 80, *names, "-" * 80, text]
    return "\n".join(lines) + "\n"


def materials(packages: list[dict], version: str) -> str:
    """A bill of materials in the format CycloneDX 1.5."""

    def component(package: dict) -> dict:
        name, number = package["name"], package["version"]
        described = {"type": "library", "name": name, "version": number, "purl": f"pkg:cargo/{name}@{number}"}
        if package["license"]:
            described["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        return described

    program = {"type": "application", "name": "molgpt", "version": version, "purl": f"pkg:cargo/molgpt@{version}"}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": program},
        "components": [component(package) for package in packages if package["name"] != "molgpt"],
    }
    return json.dumps(bill, indent=1) + "\n"


def archive(folder: Path, time: int) -> Path:
    """The folder as .tar.gz, whose bytes follow from its content and the time."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in sorted(folder.rglob("*")):
            entry = tar.gettarinfo(file, str(file.relative_to(folder.parent)))
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = time, 0, 0, "", ""
            entry.mode = 0o755 if file.is_dir() or os.access(file, os.X_OK) else 0o644
            if file.is_dir():
                tar.addfile(entry)
            else:
                with file.open("rb") as opened:
                    tar.addfile(entry, opened)
    place = folder.with_name(folder.name + ".tar.gz")
    with place.open("wb") as opened, gzip.GzipFile(filename="", fileobj=opened, mode="wb", mtime=time) as packed:
        packed.write(content.getvalue())
    return place


def debian(folder: Path, version: str, machine: str) -> Path:
    """A Debian package of the folder."""
    tree = folder.with_name("debian")
    shutil.rmtree(tree, ignore_errors=True)
    places = {
        "molgpt": "usr/bin/molgpt",
        "completions/molgpt.bash": "usr/share/bash-completion/completions/molgpt",
        "completions/_molgpt": "usr/share/zsh/vendor-completions/_molgpt",
        "completions/molgpt.fish": "usr/share/fish/vendor_completions.d/molgpt.fish",
        "LICENSE-MIT": "usr/share/doc/molgpt/copyright",
        "LICENSES-OF-CRATES": "usr/share/doc/molgpt/licenses-of-crates",
        "CHANGELOG.md": "usr/share/doc/molgpt/CHANGELOG.md",
    }
    for source, place in places.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / source, tree / place)
    manual = tree / "usr/share/man/man1"
    manual.mkdir(parents=True)
    for page in sorted((folder / "man").iterdir()):
        (manual / f"{page.name}.gz").write_bytes(gzip.compress(page.read_bytes(), mtime=0))
    (tree / "DEBIAN").mkdir()
    glibc = max(needed(folder / "molgpt"), default=(2, 0))
    control = f"""Package: molgpt
Version: {version}
Architecture: {machine}
Maintainer: The molgpt developers
Section: science
Priority: optional
Depends: libc6 (>= {glibc[0]}.{glibc[1]}), libgcc-s1
Description: language model that writes molecules
 Trains on molecules, samples, evaluates, searches molecules of a high score.
"""
    (tree / "DEBIAN" / "control").write_text(control)
    place = DIST / f"molgpt_{version}_{machine}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, place], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return place


def needed(program: Path) -> list[tuple[int, int]]:
    """The versions of glibc that the program names."""
    found = set()
    content = program.read_bytes()
    place = content.find(b"GLIBC_2.")
    while place >= 0:
        digits = content[place + 8 : place + 11].split(b"\0")[0].split(b".")[0]
        if digits.isdigit():
            found.add((2, int(digits)))
        place = content.find(b"GLIBC_2.", place + 1)
    return sorted(found)


def main() -> None:
    host = next(line.split()[1] for line in run("rustc", "-vV").splitlines() if line.startswith("host:"))
    target = sys.argv[1] if len(sys.argv) > 1 else host
    time = int(run("git", "log", "-1", "--format=%ct"))
    os.environ["SOURCE_DATE_EPOCH"] = str(time)
    build = ["cargo", "build", "--release", "--locked", "--bin", "molgpt"]
    run(*build, *([] if target == host else ["--target", target]))
    folder_of_builds = json.loads(run("cargo", "metadata", "--format-version=1", "--no-deps"))["target_directory"]
    ending = ".exe" if "windows" in target else ""
    built = Path(folder_of_builds, *([] if target == host else [target]), "release", f"molgpt{ending}")

    packages = crates(target)
    version = next(package["version"] for package in packages if package["name"] == "molgpt")
    folder = DIST / f"molgpt-{version}-{target}"
    shutil.rmtree(DIST, ignore_errors=True)
    (folder / "completions").mkdir(parents=True)
    program = folder / f"molgpt{ending}"
    shutil.copy(built, program)
    if target == host and shutil.which("strip"):
        run("strip", program)
        for shell, name in SHELLS.items():
            (folder / "completions" / name).write_text(run(program, "completions", shell))
        run(program, "man", folder / "man")
    for name in ("README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "configs", folder / "configs")
    (folder / "LICENSES-OF-CRATES").write_text(licences(packages))
    made = [archive(folder, time)]
    machine = DEBIAN.get(target.split("-")[0])
    if machine and "linux" in target and target == host and shutil.which("dpkg-deb"):
        made.append(debian(folder, version, machine))
    bill = DIST / f"molgpt-{version}.cdx.json"
    bill.write_text(materials(packages, version))
    made.append(bill)
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in made]
    (DIST / "SHA256SUMS").write_text("".join(sums))
    for file in made:
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
