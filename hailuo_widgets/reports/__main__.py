"""``python -m hailuo_widgets.reports notebook.ipynb``: a report, in a terminal."""

from __future__ import annotations

import argparse
import sys

from hailuo_widgets.errors import HailuoError
from hailuo_widgets.reports.report import report
from hailuo_widgets.terminal import prepare, say, tell


def main(arguments: list[str] | None = None) -> int:
    """Write a report as the arguments say; return the exit status."""
    prepare()
    parser = argparse.ArgumentParser(
        prog="python -m hailuo_widgets.reports",
        description="Write a notebook as one page that plays its clips with no network.",
    )
    parser.add_argument("notebook", help="the notebook, as it was saved")
    parser.add_argument("-o", "--output", default="report.html", help="an .html or .pdf file")
    parser.add_argument("--budget", type=float, default=24.0, help="megabytes; default 24")
    parser.add_argument("--clips", choices=["embed", "link"], default="embed")
    parser.add_argument("--library", help="the library's folder")
    asked = parser.parse_args(arguments)
    try:
        written = report(
            asked.output,
            notebook=asked.notebook,
            budget=asked.budget,
            clips=asked.clips,
            library=asked.library,
        )
    except HailuoError as error:
        tell(f"hailuo_widgets: {error}")
        return 1
    say(str(written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
