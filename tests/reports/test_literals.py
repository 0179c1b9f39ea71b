"""Keys in a notebook's code, outputs and names: none is on a report's page, however it is spelt."""

import base64
import html
import time
from urllib.parse import quote

import nbformat
import pytest

from hailuo_widgets.reports.exporter import HailuoExporter
from hailuo_widgets.reports.literals import without_literals
from hailuo_widgets.reports.redact import hide, hide_literals
from tests.support import report_notebooks

KEY = "wsk-0a1b2c3d4e"
HALF, REST = KEY[:6], KEY[6:]


@pytest.mark.parametrize(
    "source",
    [
        f'hw.connect("wavespeed", api_key=f"{KEY}")',
        f"hw.connect('wavespeed', api_key=r'''{KEY}''')",
        f'hw.connect("wavespeed", api_key=b"{KEY}".decode())',
        f'hw.connect("wavespeed", api_key="{HALF}" "{REST}")',
        f'hw.connect("wavespeed",\n  api_key=("{HALF}" +\n  f"{REST}"))',
        f'hw.connect("wavespeed", **{{"api_key": """{KEY}"""}})',
        f'wavespeed.Client("{KEY}")',
        f'login(f"{KEY}")',
        f'os.environ["WAVESPEED_API_KEY"] = "{KEY}"',
        f"os.environ['WAVESPEED_API_KEY']=u'{KEY}'",
        f'os.environ.setdefault("WAVESPEED_API_KEY", "{KEY}")',
        f'os.environ.update(WAVESPEED_API_KEY="{KEY}")',
        f'os.environ |= {{"WAVESPEED_API_KEY": "{KEY}"}}',
        f'os.putenv("WAVESPEED_API_KEY", "{KEY}")',
        f'monkeypatch.setenv("WAVESPEED_API_KEY", "{KEY}")',
        f'keyring.set_password("wavespeed", "me", "{KEY}")',
        f'first = "{HALF}"\nwhole = first + "{REST}"\nhw.connect("wavespeed", api_key=whole)',
        f'KEY = "{KEY}"\nhw.connect("wavespeed", api_key=KEY)',
        f'def go(api_key="{KEY}"): ...',
        f'if (token := "{KEY}"): pass',
        f'self.api_key: str = "".join(["{HALF}", "{REST}"])',
        f"%env WAVESPEED_API_KEY={KEY}",
        f"%env WAVESPEED_API_KEY {KEY}",
        f'%set_env WAVESPEED_API_KEY "{KEY}"',
        f"!export WAVESPEED_API_KEY={KEY}; python x.py",
        f"out = !WAVESPEED_API_KEY={KEY} python x.py",
        f"!python x.py --api-key {KEY}",
        f'%%bash\nexport WAVESPEED_API_KEY="{KEY}"\n',
        f"%%sh\nWAVESPEED_API_KEY='{KEY}' python x.py",
        f"%%writefile .env\nWAVESPEED_API_KEY={KEY}",
        f'%%time\nhw.connect("wavespeed", api_key="{KEY}")',
        f"!curl -H 'Authorization: Bearer {KEY}' x",
        f'headers = {{"Authorization": "Bearer {KEY}"}}',
        f"# Bearer {KEY}",
        f'broken(: api_key = "{KEY}"',
    ],
)
def test_a_key_in_code_is_hidden_and_known(source):
    (hidden,), keys = without_literals([source])
    assert HALF not in hidden
    assert REST not in hidden
    assert KEY in keys


def test_a_name_of_one_cell_is_the_key_of_another():
    hidden, keys = without_literals([f'mine = "{KEY}"', "hw.connect('wavespeed', api_key=mine)"])
    assert KEY not in hidden[0]
    assert keys == {KEY}


@pytest.mark.parametrize(
    "source",
    [
        'hw.connect("wavespeed", budget=5)',
        'prompt = "slow push in, golden hour"',
        'sorted(files, key="golden hour")',
        'tokens = ["golden hour light"]',
        'api_key = os.environ["WAVESPEED_API_KEY"]',
        "%env HAILUO_LIBRARY=/data/films",
        "!export WAVESPEED_API_KEY=$MY_KEY",
        "%%bash\necho the api_key is stored elsewhere",
        'hw.generate("frame.jpg", "a password on the wall")',
        "é = 'ü'  # 图",
    ],
)
def test_other_code_stays_as_it_is(source):
    assert without_literals([source]) == ([source], set())


def notebook(*cells, **metadata):
    book = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    resources = {"metadata": {"name": f"of {KEY}"}, "output_files_dir": f"{KEY}_files"}
    return HailuoExporter().from_notebook_node(book, resources)


def shown(kind, data):
    return nbformat.v4.new_output("display_data", {kind: data})


def test_no_spelling_of_a_typed_key_is_on_the_page():
    code = nbformat.v4.new_code_cell(
        f'hw.connect("wavespeed", api_key="{KEY}")',
        outputs=[
            nbformat.v4.new_output("stream", text=f"{HALF}\x1b[31m{REST}\x1b[0m and {KEY}"),
            nbformat.v4.new_output("error", ename=KEY, evalue=f"of {KEY}", traceback=[KEY]),
            shown(
                "image/svg+xml", f"<svg xmlns='http://www.w3.org/2000/svg'><text>{KEY}</text></svg>"
            ),
            shown("application/javascript", f"alert('{KEY}')"),
            shown("text/latex", f"${KEY}$"),
            shown("text/markdown", f"*{KEY}*"),
            shown(
                "text/html", "".join(f"&#{ord(c)};" for c in KEY) + quote(KEY) + KEY.encode().hex()
            ),
            shown("text/html", base64.b64encode(f"xy{KEY}z".encode()).decode()),
            *report_notebooks.outputs_of_text(KEY),
        ],
    )
    page, resources = notebook(code, nbformat.v4.new_markdown_cell(f"# The {KEY} film"), title=KEY)
    for spelling in (KEY, html.unescape(KEY), KEY.encode().hex()):
        assert spelling not in html.unescape(page)
        assert spelling not in str(resources["outputs"])
    assert base64.b64encode(KEY.encode()).decode()[4:-8] not in page
    coded = [base64.b64encode(b"x" * before + KEY.encode()).decode()[4:-4] for before in range(3)]
    assert not [piece for piece in coded if piece in page]
    assert "[key]" in page


def test_a_page_of_24_mb_is_searched_in_seconds():
    picture = base64.b64encode(bytes(range(256)) * 70_000).decode()
    page = f"<p>{KEY}</p><script>{picture}</script>" + "<p>slow push in</p>" * 5_000
    from hailuo_widgets.redaction import redact

    start = time.process_time()
    found = redact(page, [KEY, "another-key-12345", "and-one-more-6789"])
    assert time.process_time() - start < 4
    assert found == page.replace(KEY, "[key]")


def test_hiding_one_cell_knows_its_own_key():
    cell = nbformat.v4.new_code_cell(
        f"%env WAVESPEED_API_KEY={KEY}",
        outputs=[nbformat.v4.new_output("stream", text=f"is {KEY}")],
    )
    hide(cell, lambda text: text)
    assert KEY not in str(cell)
    assert hide_literals([cell]) == set()


@pytest.mark.parametrize(
    "source",
    [
        "x = " + " + ".join(['"a"'] * 5_000),
        "x = " + "(" * 300 + "1" + ")" * 300,
        'api_key = "' + KEY + '"\r\nprint("\\d")\r\n',
        "api_key = '\ud800'",
        "api_key = 'a\0b'",
        "",
    ],
)
def test_any_code_is_read_or_left(source):
    (hidden,), _ = without_literals([source])
    assert KEY not in hidden
