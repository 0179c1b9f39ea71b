"""A previewer for tests of widgets: it tells what the test says."""


class Previewing:
    """Keeps what it was asked, and tells nothing by itself."""

    def __init__(self, hear=None):
        self.hear = hear
        self.asked = []
        self.stopped = False

    def look(self, prompt, image, end_image):
        self.asked.append((prompt, image, end_image))

    def stop(self):
        self.stopped = True
