"""Pictures dragged and pasted from wherever people have them, with a real mouse where one can."""

import base64
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support import samples

pytestmark = pytest.mark.browser

CELLS = [
    "import IPython.display as d\nd.display(d.Image('small.png', width=200))",
    "import hailuo_widgets as hw\nstudio = hw.Studio()\nstudio",
]
GIVE = """({ target, type, texts, files }) => {
    const data = new DataTransfer();
    for (const [kind, text] of Object.entries(texts)) data.setData(kind, text);
    for (const name of files ?? []) data.items.add(new File(['x'], name, { type: 'image/png' }));
    if (type === 'paste') {
        target.focus();
        target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        return;
    }
    for (const each of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(each, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
LUMINO = """({ target, paths }) => {
    for (const type of ['lm-dragenter', 'lm-dragover', 'lm-drop']) {
        const event = new MouseEvent(type, { bubbles: true, cancelable: true });
        const data = { 'application/x-jupyter-icontents': paths };
        Object.assign(event, { proposedAction: 'move', dropAction: 'none',
            mimeData: { hasData: kind => kind in data, getData: kind => data[kind] } });
        target.dispatchEvent(event);
    }
}"""


def png(width, height):
    file = io.BytesIO()
    Image.open(io.BytesIO(samples.gradient(width, height))).save(file, "PNG")
    return file.getvalue()


def address(data):
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def test_pictures_are_taken_from_where_people_have_them_and_all_else_is_said(lab):
    opened = lab(*CELLS, run=False, size=(1300, 1500))
    page = opened.page
    folder = (opened.server.root / opened.path).parent
    (folder / "small.png").write_bytes(png(540, 720))
    (folder / "cat.jpg").write_bytes(samples.gradient(800, 600))
    opened.run_all()
    well = page.get_by_role("group", name="Start frame", exact=True)
    target = well.get_by_role("button", name=re.compile("drop, paste or choose"))
    facts = well.locator(".hw-well-facts")
    told = well.locator(".hw-told")
    expect(target).to_be_visible()

    # Out of a cell's output.
    page.locator(".jp-OutputArea-output img").first.drag_to(target)
    expect(facts).to_contain_text("540 x 720 · PNG")
    # Out of JupyterLab's file browser, which has another kind of drag.
    page.evaluate("window.jupyterapp.commands.execute('filebrowser:activate')")
    item = page.locator(".jp-DirListing-item").filter(has_text="cat.jpg")
    tabs = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").count()
    start, end = item.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 30, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 40, steps=5)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=15)
    expect(well).to_have_class(re.compile("hw-well-over"))
    page.mouse.up()
    expect(facts).to_contain_text("800 x 600 · JPEG")
    assert page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").count() == tabs
    expect(well).not_to_have_class(re.compile("hw-well-over"))

    def give(texts, *, how="drop", files=()):
        page.evaluate(GIVE, {"target": target.element_handle(), "type": how, "texts": texts,
                             "files": list(files)})  # fmt: skip

    # What cannot be taken says why, and the frame stays.
    for texts, words in [
        ({"text/uri-list": "# a list\r\nfile:///home/me/my%20cat.jpg\r\n"}, r"my cat\.jpg.*Choose the file"),
        ({"text/uri-list": "javascript:window.hacked=1"}, "“javascript:”"),
        ({"text/html": "<img src=x onerror='window.hacked=1'><script>window.hacked=2</script>"}, "no picture"),
        ({"text/html": "<img src='data:image/png;base64,AAA*'>"}, "damaged"),
        ({"text/html": "<img src='blob:http://elsewhere/1'>"}, "keeps it to itself"),
    ]:  # fmt: skip
        give(texts)
        expect(told).to_contain_text(re.compile(words))
        expect(facts).to_contain_text("800 x 600 · JPEG")
    for paths, words in [(["nowhere/x.jpg"], "does not see “x.jpg”"), (["../x.jpg"], "leads out")]:
        page.evaluate(LUMINO, {"target": target.element_handle(), "paths": paths})
        expect(told).to_contain_text(words)
    give({"text/plain": "slow push in, dawn"}, how="paste")
    expect(told).to_contain_text("no picture")

    # A picture comes before its link; the old message goes.
    link = f"<a href='https://search.invalid/x'><img src='{address(png(500, 400))}'></a>"
    give({"text/html": link, "text/uri-list": "https://search.invalid/x"})
    expect(facts).to_contain_text("500 x 400 · PNG")
    expect(told).to_be_empty()
    give({"text/plain": f" {address(png(420, 400))}\n"}, how="paste")
    expect(facts).to_contain_text("420 x 400 · PNG")
    page.evaluate(
        "async text => { window.made = URL.createObjectURL(await (await fetch(text)).blob()); }",
        address(png(430, 400)),
    )
    give({"text/uri-list": f"#\r\n{page.evaluate('window.made')}\r\n"})
    expect(facts).to_contain_text("430 x 400 · PNG")
    # Jupyter's own address asks for a login, which the page has and the kernel has not.
    stem = opened.path.rpartition("/")[0]
    give({"text/plain": f"{opened.server.url}files/{stem}/cat.jpg"}, how="paste")
    expect(facts).to_contain_text("800 x 600 · JPEG")
    # Of several one is taken, and that is said.
    page.evaluate(LUMINO, {"target": target.element_handle(),
                           "paths": [f"{stem}/small.png", f"{stem}/cat.jpg"]})  # fmt: skip
    expect(facts).to_contain_text("540 x 720 · PNG")
    expect(told).to_contain_text("One file of the 2 was taken")
    assert page.evaluate("window.hacked") is None
    assert opened.errors == []


def test_the_focus_goes_on_when_its_control_goes(lab):
    opened = lab("import hailuo_widgets as hw\nhw.Studio('cat.jpg')", run=False)
    page = opened.page
    folder = (opened.server.root / opened.path).parent
    (folder / "cat.jpg").write_bytes(samples.gradient(800, 600))
    (folder / "plain.mp4").write_bytes(samples.clip(frames=8, width=640, height=360))
    opened.run_all()
    well = page.get_by_role("group", name="Start frame", exact=True)
    target = well.get_by_role("button", name=re.compile("drop, paste or choose"))
    well.get_by_role("button", name="Remove start frame").press("Enter")
    expect(well.get_by_role("button", name="Remove start frame")).to_be_hidden()
    expect(target).to_be_focused()
    stem = opened.path.rpartition("/")[0]
    page.evaluate(LUMINO, {"target": target.element_handle(), "paths": [f"{stem}/plain.mp4"]})
    well.get_by_role("button", name="Use last frame").press("Enter")
    expect(well.locator(".hw-well-facts")).to_contain_text("640 x 360 · PNG")
    within = "document.querySelector('.hw-studio').contains(document.activeElement)"
    assert page.evaluate(within)
    # A control that is only disabled hands the focus on too.
    page.get_by_role("button", name="Render draft · free").focus()
    page.keyboard.press("Shift+Tab")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("[Push out] dawn")
    use = page.get_by_role("button", name="Use “Pull out”")
    use.press("Enter")
    expect(use).to_have_count(0)
    assert page.evaluate(within)
