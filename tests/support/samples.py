"""Small pictures and requests, made on the spot."""

import io

from PIL import Image

from hailuo_widgets.request.video_request import VideoRequest


def picture(width=640, height=360, colour=(90, 140, 200), kind="JPEG"):
    """A plain picture of a size, as file bytes."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, kind)
    return target.getvalue()


def gradient(width=640, height=360, kind="JPEG"):
    """A picture in which every place looks different, as file bytes."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    target = io.BytesIO()
    Image.merge("RGB", (across, down, across.transpose(Image.Transpose.FLIP_LEFT_RIGHT))).save(
        target, kind
    )
    return target.getvalue()


def request(prompt="[Push in]", **fields):
    return VideoRequest(picture(), prompt, **fields)


def clip(frames=12, width=320, height=180, fps=24, comment=""):
    """A small video with a moving bar, as file bytes."""
    import tempfile
    from pathlib import Path

    import av
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            container.metadata["comment"] = comment
            stream = container.add_stream("libx264", rate=fps)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for index in range(frames):
                pixels = np.full((height, width, 3), 60, np.uint8)
                pixels[:, index * 8 % width :][:, :16] = (240, 200, 40)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()
