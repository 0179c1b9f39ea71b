"""What a Studio asks for clips, and what earlier kernels left, as a test says it."""

from decimal import Decimal

from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.request.video_request import VideoRequest

PAID = "wavespeed"


class Generator:
    """Starts jobs that go on as the test says."""

    def __init__(self):
        self.jobs = []
        self.prices = []
        self.refusal = None

    def __call__(self, image, prompt, end_image, enable_prompt_expansion, *, take, service, price):
        if self.refusal:
            raise self.refusal
        self.prices.append(price)
        request = VideoRequest(image, prompt, end_image, enable_prompt_expansion)
        if take == "another":
            take = 1 + sum(job.request == request for job in self.jobs)
        for job in self.jobs:
            if (job.request, job.service, job.take) == (request, service, take):
                return job
        job = Job(request, take, service, expected_seconds=(2.0, 8.0))
        job.cost = Decimal("0.49") if service == PAID else Decimal("0.00")
        self.jobs.append(job)
        return job


class Home:
    """What earlier kernels left."""

    def __init__(self, jobs=(), sentence=""):
        self.jobs, self.sentence = list(jobs), sentence
        self.observers = []

    def observe(self, callback):
        self.observers.append(callback)
        callback(self)

    def say(self, sentence):
        self.sentence = sentence
        for callback in self.observers:
            callback(self)
