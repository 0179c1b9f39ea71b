"""Whether videos keep in step, read from the pixels they show: painted numbers, no clock of theirs.

The page may be Jupyter's or any other; a comparison is found by its class. All videos are caught at
one instant, as ``VideoFrame``, before any of them is read.
"""

import dataclasses

from tests.support.films import numbered_videos

STARVED_MS = 200

# Read in a worker: the page that is judged has its own work to do.
READER = f"""
const [BITS, LEFT, TOP, WIDTH, HEIGHT] = {[numbered_videos.BITS, numbered_videos.LEFT, numbered_videos.TOP, numbered_videos.WIDTH, numbered_videos.HEIGHT]};
const even = value => 2 * Math.round(value / 2);

// One row of a caught picture, through the upper or the lower blocks: luma, or green of a canvas.
async function row(frame, share) {{
    const [w, h] = [frame.codedWidth, frame.codedHeight];
    const rect = {{ x: 0, y: even(h * share), width: even(w), height: 2 }};
    const bytes = new Uint8Array(frame.allocationSize({{ rect }}));
    const [first] = await frame.copyTo(bytes, {{ rect }});
    const [stride, from] = frame.format.startsWith('I') || frame.format === 'NV12' ? [1, 0] : [4, 1];
    return at => bytes[first.offset + Math.round(at * w) * stride + from];
}}

async function number(frame) {{
    const yes = await row(frame, TOP + HEIGHT * 0.25);
    const no = await row(frame, TOP + HEIGHT * 0.75);
    let found = 0;
    for (let bit = 0; bit < BITS; bit += 1) {{
        const at = LEFT + WIDTH * (bit + 0.5) / BITS;
        if (Math.abs(yes(at) - no(at)) < 90) return null;
        found = found * 2 + (yes(at) > no(at) ? 1 : 0);
    }}
    return found;
}}

onmessage = async ({{ data: {{ id, caught }} }}) => {{
    const found = await Promise.all(caught.map(number));
    for (const frame of caught) frame.close();
    postMessage({{ id, found }});
}};
"""

INSTALL = """reader => {
    const worker = new Worker(URL.createObjectURL(new Blob([reader], { type: 'text/javascript' })));
    const asked = new Map();
    worker.onmessage = ({ data: { id, found } }) => {
        asked.get(id)(found);
        asked.delete(id);
    };
    let last = 0;

    /** What is seen of a video: itself, or a page of its flip-book that lies over it. */
    function seen(video) {
        const over = video.parentElement.querySelector('canvas');
        return over && !over.hidden ? over : video;
    }

    /** The numbers that are seen at this very instant; none while one of them jumps. */
    function numbers(videos) {
        const caught = [];
        try {
            for (const video of videos) caught.push(new VideoFrame(seen(video), { timestamp: 0 }));
        } catch {
            caught.forEach(frame => frame.close());
            return Promise.resolve(videos.map(() => null));
        }
        const id = (last += 1);
        worker.postMessage({ id, caught }, caught);
        return new Promise(done => asked.set(id, done));
    }

    const frame = () => new Promise(requestAnimationFrame);
    const root = () => document.querySelector('.hw-compare');
    const videos = () => [...root().querySelectorAll('video')].filter(each => each.videoWidth);

    async function until(holds, patience = 20000) {
        const began = performance.now();
        while (!(await holds())) {
            if (performance.now() - began > patience) throw new Error('it did not come to be: ' + holds);
            await frame();
        }
        return performance.now() - began;
    }

    function press(name) {
        root().querySelector(`button[aria-label="${name}"]`).click();
    }

    const toFrame = wanted => {
        const scrubber = root().querySelector('.hw-compare-scrubber');
        scrubber.value = String(wanted);
        scrubber.dispatchEvent(new Event('input', { bubbles: true }));
    };

    window.probe = {
        numbers: () => numbers(videos()),
        count: () => videos().length,
        until,
        press,
        toFrame,

        /** Sample while they play: how far apart the frames are, going round a loop of `count`. */
        async drift(seconds, count, every = 60) {
            const apart = [], seen = [], began = performance.now();
            let starved = 0, looked = began, on = true;
            // Between two animation frames the page itself does not run: nobody leads the clips then.
            const look = now => {
                starved = Math.max(starved, now - looked);
                looked = now;
                if (on) requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
            let turns = 0, before = 0;
            while (performance.now() - began < seconds * 1000) {
                const now = await numbers(videos());
                if (now.every(each => each !== null)) {
                    // The least arc of the loop that holds them all.
                    const sorted = [...now].sort((a, b) => a - b);
                    const gaps = sorted.map((each, at) => at ? each - sorted[at - 1] : each - sorted.at(-1) + count);
                    apart.push(count - Math.max(...gaps));
                    if (now[0] < before - count / 2) turns += 1;
                    before = now[0];
                    seen.push(now[0]);
                }
                await new Promise(done => setTimeout(done, every));
            }
            on = false;
            return { apart, turns, starved, frames: turns * count + before - seen[0], seconds: (performance.now() - began) / 1000 };
        },

        /** Step so many times; for each, whether every video shows exactly the frame. */
        async steps(name, times, by) {
            const [start] = await numbers(videos());
            const wrong = [], took = [];
            for (let step = 1; step <= times; step += 1) {
                const wanted = start + by * step, began = performance.now();
                press(name);
                await until(() => root().dataset.settled === String(wanted));
                took.push(performance.now() - began);
                const now = await numbers(videos());
                if (now.some(each => each !== wanted)) wrong.push([wanted, now]);
            }
            return { wrong, took };
        },

        /** Scrub to frames; for each, milliseconds until every clip's picture is that frame. */
        async scrubs(wanted) {
            const took = [];
            let starved = 0, looked = performance.now(), on = true;
            const look = now => {
                starved = Math.max(starved, now - looked);
                looked = now;
                if (on) requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
            for (const each of wanted) {
                const began = performance.now();
                toFrame(each);
                await until(async () => (await numbers(videos())).every(now => now === each));
                took.push(performance.now() - began);
            }
            on = false;
            return { took, starved };
        },
    };
}"""


def share(values, part):
    """The value below which that part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@dataclasses.dataclass
class Drift:
    """How far apart clips were while they played.

    Attributes
    ----------
    p95, most : int
        Frames.
    samples, turns : int
        How often it was looked, and how often the loop began anew.
    pace : float
        Frames of a clip that went by each second.
    starved : float
        Milliseconds that the page was not let run at the longest.
    """

    p95: int
    most: int
    samples: int
    turns: int
    pace: float
    starved: float

    @property
    def in_step(self):
        """Whether that is one frame, now and then two.

        A page that was kept from running for long cannot even be asked at one moment where its
        clips are, so it is judged less sharply.
        """
        if self.starved > STARVED_MS:
            return self.p95 <= 3
        return self.p95 <= 1 and self.most <= 2


STARVED_MS = 100


def install(page):
    """Bring ``window.probe`` to a page."""
    page.evaluate(INSTALL, READER)


def drift(page, seconds, count, *, tries=3):
    """Watch the clips play for some seconds.

    A machine that is busy with other things keeps the page from running for a while, and so from
    holding back the clips that go on: such a time is not the page's, and is watched again.
    """
    for left in range(tries, 0, -1):
        found = page.evaluate("([seconds, count]) => probe.drift(seconds, count)", [seconds, count])
        apart = found["apart"]
        pace = found["frames"] / found["seconds"]
        seen = Drift(
            share(apart, 0.95), max(apart), len(apart), found["turns"], pace, found["starved"]
        )
        if left == 1 or seen.most <= 2 or seen.starved < STARVED_MS:
            break
        print(f"\nstarved, watched again: {seen}")
    return seen


def steps(page, name, times, by):
    """Press a step button many times; returns the wrong ones, and milliseconds for each."""
    found = page.evaluate("([n, t, b]) => probe.steps(n, t, b)", [name, times, by])
    return found["wrong"], found["took"]


def scrubs(page, frames, *, within=150, tries=3):
    """Scrub to each frame; returns milliseconds until it was painted everywhere.

    As :func:`drift`: what a starved page took is not the page's.
    """
    for left in range(tries, 0, -1):
        found = page.evaluate("frames => probe.scrubs(frames)", list(frames))
        slow = share(found["took"], 0.95)
        if left == 1 or slow <= within or found["starved"] < STARVED_MS:
            break
        print(f"\nstarved for {found['starved']:.0f} ms, scrubbed again: p95 {slow:.0f} ms")
    return found["took"]
