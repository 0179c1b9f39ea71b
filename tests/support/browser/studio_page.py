"""The Studio on a JupyterLab page: its wells, and files dropped on them."""

import base64
import re

STUDIO = "import hailuo_widgets as hw\nstudio = hw.Studio()\nstudio"


DROP = """async ({ target, name, text }) => {
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: 'image/jpeg' }));
    for (const type of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(type, {
            dataTransfer: carried, bubbles: true, cancelable: true,
        }));
}"""


def well(page, name="Start frame"):
    return page.get_by_role("group", name=name, exact=True)


def drop(page, data, file_name, onto="Start frame"):
    """Drop a file on a well, as a pointer does."""
    target = well(page, onto).get_by_role("button", name=re.compile("drop, paste or choose"))
    page.evaluate(
        DROP,
        {
            "target": target.element_handle(),
            "name": file_name,
            "text": base64.b64encode(data).decode(),
        },
    )


def seen(place, text):
    """Text that eyes can see; the live region repeats it for ears."""
    return place.get_by_text(text).and_(place.locator(":not(.hw-unseen)"))


def choose(page, path_or_file, onto="Start frame"):
    with page.expect_file_chooser() as chooser:
        well(page, onto).get_by_role("button", name=re.compile("drop, paste or choose")).click()
    chooser.value.set_files(path_or_file)
