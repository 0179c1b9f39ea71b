"""A notebook from anybody, as a page and printed: it reads nothing, runs nothing, leads nowhere."""

import http.server
import os
import re
import threading
import time

import nbformat
import pytest
from playwright.sync_api import expect

from hailuo_widgets.reports.chromium import find, printed
from hailuo_widgets.reports.exporter import HailuoExporter
from hailuo_widgets.reports.html_page import inert
from hailuo_widgets.reports.pdf import HailuoPDFExporter
from tests.support import report_notebooks
from tests.support.browser.chromium import chromium
from tests.support.films import numbered_videos

ENDLESS = "while (true);"
PARTS = [
    '<meta http-equiv="refresh" content="0;url=WEB/meta">',
    '<!--><meta http-equiv=refresh content="0;url=WEB/comment">-->',
    '<noscript><META\nhttp-equiv="Refresh" content="0;url=WEB/noscript"></noscript>',
    '<div><template shadowrootmode="open"><meta http-equiv="refresh" content="0;url=WEB/shadow"></template></div>',
    '<svg><foreignObject><meta http-equiv="refresh" content="0;url=WEB/svg"></foreignObject></svg>',
    '<base href="WEB/base/"><img src="relative.png">',
    '<iframe src="FILE"></iframe><iframe srcdoc="<img src=WEB/srcdoc>"></iframe>',
    '<object data="FILE"></object><embed src="FILE"><frameset><frame src="FILE"></frameset>',
    '<link rel="stylesheet" href="FILE"><link rel="prefetch" href="WEB/prefetch">',
    '<style>@import url("FILE"); @font-face { font-family: x; src: url("WEB/font") } body { background: url("FILE"); font-family: x }</style>',
    '<svg width="9" height="9"><image href="FILE"/><use href="FILE#x"/></svg>',
    '<img src="FILE"><img srcset="WEB/srcset 1x"><video src="FILE" poster="WEB/poster"></video><audio src="WEB/audio"></audio>',
    '<form action="WEB/form"><input name="a"><button autofocus>Go on</button></form>',
    '<a href="javascript:location=\'WEB/js\'" target="_top">a link that runs</a>',
    '<a href="WEB/link" target="_top">a link of theirs</a>',
    "<script>location = 'WEB/script'; fetch('WEB/fetch'); document.title = 'theirs'</script>",
    '<script src="data:text/javascript,location=%27WEB/data%27"></script>',
    "<img src=x onerror=\"location='WEB/onerror'\"><body onload=\"location='WEB/onload'\">",
    f"<script>{ENDLESS}</script>",
    '<script type="application/json" id="hw-report-data">{"clips": {}, "places": {}}</script>',
]


@pytest.fixture(scope="module")
def asked():
    """A loopback server that keeps what it was asked for."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield seen, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(tmp_path):
    """A file that says whether anybody has opened it."""
    path = tmp_path / "canary.svg"
    os.mkfifo(path)
    told = []

    def wait():
        with path.open("wb"):
            told.append(path)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    yield path, lambda: not thread.is_alive()
    if thread.is_alive():
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    thread.join()


def book(folder, web, file, clip):
    hostile = [part.replace("WEB", web).replace("FILE", file.as_uri()) for part in PARTS]
    outputs = [nbformat.v4.new_output("display_data", {"text/html": part}) for part in hostile]
    more = [
        {"application/javascript": ENDLESS},
        {"text/markdown": hostile[0] + hostile[6]},
        {
            "image/svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{file.as_uri()}"/></svg>'
        },
    ]
    outputs += [nbformat.v4.new_output("display_data", data) for data in more]
    cells = ["# Dawn\n\n" + hostile[0] + hostile[1], outputs, report_notebooks.of_clip(clip)]
    resources = {"metadata": {"name": "theirs", "path": str(folder)}}
    return report_notebooks.notebook(*cells), resources


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    film = numbered_videos.film(24, 320, 180)
    (made,) = report_notebooks.shelf(folder, film)
    return folder, made


@pytest.mark.browser
def test_a_page_runs_nothing_of_theirs_and_stays_where_it_is(asked, opened, clip, tmp_path):
    (seen, web), (file, was_opened), (folder, made) = asked, opened, clip
    text, _ = HailuoExporter().from_notebook_node(*book(folder, web, file, made))
    path = tmp_path / "page.html"
    path.write_text(text)
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        went = []
        page.on("framenavigated", lambda frame: went.append(frame.url))
        page.goto(path.as_uri())
        player = page.get_by_role("group", name=re.compile("Draft, 320 x 180"))
        expect(player).to_have_count(1, timeout=60_000)  # ours runs, with their data before ours
        loaded = (
            "() => [...document.querySelectorAll('video')].some(each => each.videoWidth === 320)"
        )
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function(loaded)
        assert page.title() == "Dawn"
        assert went == [path.as_uri()]
        assert page.frames == [page.main_frame]
    assert seen == []
    assert not was_opened()


@pytest.mark.browser
def test_a_print_reads_no_file_asks_nobody_and_ends_soon(asked, opened, clip):
    (seen, web), (file, was_opened), (folder, made) = asked, opened, clip
    before = len(seen)
    start = time.monotonic()
    pdf, _ = HailuoPDFExporter().from_notebook_node(*book(folder, web, file, made))
    assert pdf.startswith(b"%PDF-")
    assert time.monotonic() - start < 60
    assert seen[before:] == []
    assert not was_opened()


def test_what_prints_gets_no_key_and_no_names_of_hosts(tmp_path, monkeypatch):
    monkeypatch.setenv("WAVESPEED_API_KEY", "sentinel-of-the-environment")
    program = tmp_path / "chromium"
    program.write_text(
        "#!/bin/sh\nfor each; do case $each in --print-to-pdf=*) to=${each#*=};; esac; done\n"
        '{ echo %PDF-; env; echo "$@"; } > "$to"\n'
    )
    program.chmod(0o755)
    said = printed("<p>\ud800</p>", find(str(program)))
    assert b"sentinel" not in said
    assert b"PYTHONSAFEPATH=1" in said
    assert b"host-resolver-rules" in said


@pytest.mark.parametrize("playing", [True, False])
def test_the_policy_lets_only_our_own_scripts_run(playing):
    kind = HailuoExporter if playing else None
    if kind is None:
        from hailuo_widgets.reports.html_page import policy

        assert "script-src 'none'" in policy("embed")
        assert "media-src 'none'" in policy("embed")
        return
    cell = nbformat.v4.new_markdown_cell("# x")
    pages = [kind().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))[0] for _ in range(2)]
    nonces = [re.search(r"script-src 'nonce-([\w-]{20,})'", page)[1] for page in pages]
    assert nonces[0] != nonces[1]
    assert all(f'nonce="{nonce}"' in page for nonce, page in zip(nonces, pages, strict=True))
    assert "unsafe-inline" not in re.search("script-src[^;]*", pages[0])[0]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("<META HTTP-EQUIV=refresh>", "<wbr HTTP-EQUIV=refresh>"),
        ("</iframe ><iframe/src=x>", "</x-iframe ><x-iframe/src=x>"),
        ("<metadata><based><formula>", "<metadata><based><formula>"),
        ("a < b, <b>bold</b> <table>", "a < b, <b>bold</b> <table>"),
        ("<base", "<wbr"),
    ],
)
def test_elements_that_lead_away_become_plain_ones(theirs, ours):
    head = '<head><meta charset="utf-8"></head><body><main class="hw-report">'
    assert inert(head + theirs) == head + ours
