"""Environments that people have: what is set, refused or missing where the kit is started."""

from __future__ import annotations

import dataclasses
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.places import importing

MODULES = [
    "calendar",
    "cgi",
    "click",
    "cv2",
    "fractions",
    "graphlib",
    "hashlib",
    "multipart",
    "plistlib",
    "secrets",
    "statistics",
    "wave",
]
"""Names of files that people have beside a notebook, and that libraries import."""

GONE = "/nowhere/at-all"


@dataclasses.dataclass(frozen=True)
class Environment:
    """One environment, and what it must come to.

    Attributes
    ----------
    name : str
        What a person would call it.
    variables : dict
        What is set; None: unset. ``{folder}`` stands for the test's own folder.
    flags : tuple of str
        Of the interpreter.
    prepare : callable, optional
        Makes in the test's folder what the environment needs.
    mount : str
        Shell commands in a mount namespace of its own, before the kit starts.
    child : callable, optional
        Run in the process before the interpreter begins.
    code : str
        What replaces the usual way of asking for a draft.
    says : str
        A pattern of the sentence that must come; empty: a draft must come.
    either : bool
        Whether a draft may come as well.
    """

    name: str
    variables: dict[str, str | None] = dataclasses.field(default_factory=dict)
    flags: tuple[str, ...] = ()
    prepare: Callable[[Path], object] | None = None
    mount: str = ""
    child: Callable[[], object] | None = None
    code: str = ""
    says: str = ""
    either: bool = False


def variables(name, **more):
    return Environment(name, dict(more.items()))


def shadows(folder):
    for name in MODULES:
        (folder / f"{name}.py").write_text("x = 1\n")


def limited(kind, soft):
    return lambda: resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))


def no_free_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


def closed_standard_streams():
    os.close(0)
    os.close(2)


def can_mount():
    """Whether this machine gives a process mounts of its own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


ASK = """
job = hw.generate({image!r}, "static shot")
clip = job.wait(timeout=45)
"""

# Every descriptor is taken when the draft is asked for: libraries are loaded before.
EXHAUSTED = """
import os
hw.Frame({image!r}), hw.generate, hw.Studio
import hailuo_widgets.jobs.runner.api, httpx, httpx_aiohttp, av, ssl
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
job = hw.generate({image!r}, "static shot")
clip = job.wait(timeout=45)
"""

# A kernel has loaded its own libraries before the notebook's folder is on its path.
AS_A_KERNEL = """
import nbclient, nbformat
cell = '''
import hailuo_widgets as hw
from hailuo_widgets.jobs.runner.api import generate
clip = generate({image!r}, "static shot").wait(timeout=45)
print(clip.width, clip.height)
'''
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
nbclient.NotebookClient(notebook, timeout=60, resources={{"metadata": {{"path": "."}}}}).execute()
class clip:
    width, height = notebook.cells[0].outputs[-1]["text"].split()
"""

FORKED = """
import os
hw.generate({image!r}, "static shot").wait(timeout=45)
child = os.fork()
if not child:
    print("IN CHILD", hw.generate({image!r}, "[Push in]").wait(timeout=45).width, flush=True)
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
clip = hw.generate({image!r}, "[Pan left]").wait(timeout=45)
"""

UVLOOP = """
import uvloop
async def main():
    return await hw.generate({image!r}, "static shot")
clip = uvloop.run(main())
"""

ON_A_LOOP = """
import asyncio
async def main():
    hw.generate({image!r}, "static shot").wait(timeout=45)
    return await hw.generate({image!r}, "static shot")
clip = asyncio.run(main())
"""

DEAD = "127.0.0.1:9"
GARBAGE = "{folder}/garbage"


def garbage(folder):
    (folder / "garbage").write_bytes(b"\x00not a certificate\xff" * 50)


def awkward_folder(folder):
    place = folder / "50% off #1 & “図書” [x]?"
    place.mkdir()
    return place


def full(path, size="200k"):
    fill = f"head -c 100m /dev/zero > {path}/filler 2> /dev/null || true"
    return f"mkdir -p {path}; mount -t tmpfs -o size={size} none {path}; {fill}"


def read_only(path):
    return f"mkdir -p {path}; mount --bind {path} {path}; mount -o remount,ro,bind {path}"


PROXIES = [
    variables("a desktop's SOCKS proxy", ALL_PROXY="socks://127.0.0.1:7891/"),
    variables("SOCKS with a password", all_proxy="socks5h://user:secret@127.0.0.1:9"),
    variables("a dead HTTP proxy", HTTP_PROXY=f"http://{DEAD}", http_proxy=f"http://{DEAD}"),
    variables("a scheme with a slip", HTTPS_PROXY="htp://typo", HTTP_PROXY="htp://typo"),
    variables("a proxy that is no address", http_proxy="http://[::1", HTTP_PROXY="http://[::1"),
    variables("NO_PROXY with networks", NO_PROXY="localhost,fd00::/8", HTTP_PROXY=f"http://{DEAD}"),
    variables("NO_PROXY in brackets", no_proxy="localhost,[::1]", ALL_PROXY=f"http://{DEAD}"),
    variables("NO_PROXY with everything", NO_PROXY=" *, ;,http://x:y,10.0.0.0/8,.corp,::1,%%"),
    variables("a proxy only for all", ALL_PROXY=f"socks4://{DEAD}", NO_PROXY="127.0.0.0/8"),
]
CERTIFICATES = [
    variables("conda's certificates that are gone", SSL_CERT_FILE=f"{GONE}.pem"),
    Environment("a file that holds none", {"SSL_CERT_FILE": GARBAGE}, prepare=garbage),
    variables("a folder of certificates that is gone", SSL_CERT_DIR=GONE, REQUESTS_CA_BUNDLE=GONE),
    variables("a log of TLS keys nowhere", SSLKEYLOGFILE=f"{GONE}/keys"),
]
LANGUAGES = [
    variables("the C locale", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"),
    variables("a Western code page", PYTHONIOENCODING="cp1252", LC_ALL="C"),
    variables("a Chinese code page", PYTHONIOENCODING="cp936", LANG="zh_CN.GBK"),
    variables("a locale that is not there", LC_ALL="de_DE.UTF-8", TZ="Asia/Kathmandu"),
]
FOLDERS = [
    variables("no temporary folder", TMPDIR=GONE),
    Environment(
        "a temporary folder that takes nothing",
        {"TMPDIR": "{folder}/tmp"},
        mount=read_only("{folder}/tmp"),
    ),
    Environment("a full temporary folder", {"TMPDIR": "{folder}/tmp"}, mount=full("{folder}/tmp")),
    Environment(
        "a home that takes nothing", {"HOME": "{folder}/home"}, mount=read_only("{folder}/home")
    ),
    variables("no home", HOME=None, USER=None, LOGNAME=None, XDG_RUNTIME_DIR=GONE),
    Environment(
        "twelve modules beside the notebook", flags=("-P",), prepare=shadows, code=AS_A_KERNEL
    ),
    Environment("a folder with an awkward name", prepare=awkward_folder),
    Environment("umask 077", child=lambda: os.umask(0o077)),
    Environment("umask 777", child=lambda: os.umask(0o777), says=r"[Ll]ibrary", either=True),
    Environment(
        "a library that takes nothing",
        mount=read_only("{folder}/hailuo-library"),
        says=r"hailuo-library.*(read-only|cannot be written|written)",
    ),
    Environment(
        "a full disk below the library",
        mount=full("{folder}/hailuo-library"),
        says=r"(full|space)",
    ),
    Environment(
        "a library that is a file",
        prepare=lambda folder: (folder / "hailuo-library").write_text("mine"),
        says=r"hailuo-library",
    ),
]
MACHINES = [
    Environment(
        "no free file descriptor",
        child=no_free_files,
        code=EXHAUSTED,
        says=r"open files|descriptor",
        either=True,
    ),
    Environment(
        "few file descriptors", child=limited(resource.RLIMIT_NOFILE, 64), says=".", either=True
    ),
    Environment(
        "small files alone", child=limited(resource.RLIMIT_FSIZE, 150_000), says=".", either=True
    ),
    Environment("closed standard streams", child=closed_standard_streams),
    Environment("a forked child", code=FORKED),
    Environment("uvloop", code=UVLOOP),
    Environment("a loop that runs", code=ON_A_LOOP),
    Environment("python -O", flags=("-O",)),
    Environment("python -OO with a safe path", {"PYTHONOPTIMIZE": "2"}, ("-OO", "-P")),
    Environment("python -P", flags=("-P",)),
    Environment("python -X dev", flags=("-X", "dev")),
    variables("warnings are errors", PYTHONWARNINGS="error"),
    variables("an interactive start-up file", PYTHONSTARTUP=f"{GONE}.py", PYTHONINSPECT=""),
]
# What the disk of the library refuses, as the errno's names; the draft comes unless said otherwise.
DISKS = [
    ("no locks", "locks=ENOLCK", r"cannot lock files"),
    ("no shared maps", "maps=ENODEV", ""),
    ("no flock", "flock=EOPNOTSUPP", ""),
    ("no fsync", "fsync=EINVAL", r"cannot promise that what is written stays"),
]

EVERYWHERE = [*PROXIES, *CERTIFICATES, *LANGUAGES, *FOLDERS, *MACHINES]

SCRIPT = """
import sys, traceback
import hailuo_widgets as hw
from hailuo_widgets.errors import HailuoError
try:
{ask}
    print("DRAFT", clip.width, clip.height, flush=True)
except HailuoError as error:
    print("SENTENCE", type(error).__name__, str(error), flush=True)
"""


def script(environment, image):
    ask = (environment.code or ASK).format(image=str(image))
    return SCRIPT.format(ask="\n".join(f"    {line}" for line in ask.strip().splitlines()))


def start(environment, folder, image, **more):
    """Run the script there; return what it printed and its exit code."""
    folder.mkdir(exist_ok=True)
    place = environment.prepare(folder) if environment.prepare else None
    if not isinstance(place, Path):
        place = folder
    given = {**environment.variables, **more}
    env = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    for key in ("HAILUO_LIBRARY", "WAVESPEED_API_KEY"):
        env.pop(key, None)
    # The package need not be installed.
    env = importing(env)
    env["HOME"] = str(folder)
    for key, value in given.items():
        env.pop(key, None)
        if value is not None:
            env[key] = value.replace("{folder}", str(folder))
    command = [sys.executable, *environment.flags, "-c", script(environment, image)]
    if environment.mount:
        mounting = environment.mount.replace("{folder}", str(folder))
        command = ["unshare", "-m", "sh", "-c", f'{mounting}; exec "$@"', "sh", *command]
    return subprocess.run(
        command,
        cwd=place,
        env=env,
        capture_output=True,
        timeout=90,
        preexec_fn=environment.child,
        check=False,
        stdin=subprocess.DEVNULL,
    )
