"""What a comparison shows on the screen, read from pixels; and small tinted films to show."""

import functools
import io
import tempfile
from pathlib import Path

from tests.support.films import film_reader, numbered_videos

FPS = 24
FRAMES = 48
SIZE = (320, 180)
TINTS = {"red": (90, 200), "blue": (200, 110), "green": (60, 60)}
"""The chroma of films, U and V; their light is the same."""


@functools.cache
def tinted(tint, frames=FRAMES, codec="libx264"):
    """Encode a film of one colour whose frames have their numbers painted in, as file bytes.

    Browsers know libx264, and not for example mpeg4.
    """
    import av
    import numpy as np

    width, height = SIZE
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream(codec, rate=FPS)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {"crf": "14", "g": "12"} if codec == "libx264" else {}
            for number in range(frames):
                planes = np.full((height * 3 // 2, width), 110, np.uint8)
                numbered_videos.paint(planes[:height], number)
                quarter = height // 4
                planes[height : height + quarter] = TINTS[tint][0]
                planes[height + quarter :] = TINTS[tint][1]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
            container.mux(stream.encode())
        return path.read_bytes()


def pixels(png):
    """Decode a PNG to uint8 of (height, width, 3)."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


class Screen:
    """A picture of the screen, of which places are named by shares of its width and height."""

    def __init__(self, rgb):
        self.rgb = rgb
        self.light = rgb.mean(axis=2)

    def at(self, x, y):
        """The colour around a place."""
        height, width = self.rgb.shape[:2]
        column, row = int(x * width), int(y * height)
        return self.rgb[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3].mean(
            axis=(0, 1)
        )

    def tint(self, x, y):
        """Which of the films' colours a place has; "" for none of them."""
        red, green, blue = self.at(x, y)
        if max(red, green, blue) - min(red, green, blue) < 40:
            return ""
        return max((red, "red"), (green, "green"), (blue, "blue"))[1]

    def number(self, box=(0, 0, 1, 1)):
        """The painted number that is seen in a part of it; None where there is none."""
        height, width = self.light.shape
        x, y, across, down = box
        return film_reader.number(
            self.light, (x * width, y * height, across * width, down * height)
        )


PRESENTED = f"""([video, count]) => new Promise(resolve => {{
    const [bits, left, top, width, height] = {[numbered_videos.BITS, numbered_videos.LEFT, numbered_videos.TOP, numbered_videos.WIDTH, numbered_videos.HEIGHT]};
    const pen = new OffscreenCanvas(bits * 4, 8).getContext('2d', {{ willReadFrequently: true }});
    const seen = [];
    const look = () => {{
        const [w, h] = [video.videoWidth, video.videoHeight];
        pen.drawImage(video, w * left, h * top, w * width, h * height, 0, 0, bits * 4, 8);
        const {{ data }} = pen.getImageData(0, 0, bits * 4, 8);
        const light = (x, y) => data.slice((y * bits * 4 + x) * 4).slice(0, 3).reduce((a, b) => a + b);
        let number = 0;
        for (let bit = 0; bit < bits; bit += 1)
            number = number * 2 + (light(bit * 4 + 2, 2) > light(bit * 4 + 2, 6) ? 1 : 0);
        if (number !== seen.at(-1)) seen.push(number);
        if (seen.length < count) video.requestVideoFrameCallback(look);
        else resolve(seen);
    }};
    video.requestVideoFrameCallback(look);
}})"""
"""JavaScript that reads the painted numbers of the next frames that a video presents."""
