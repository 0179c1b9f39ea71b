"""Processor time for one question on a kept connection: httpx as it is, and on aiohttp.

Both ask a server in a process of its own, one at a time and many at once. The third row is what the
kit's own question takes, reading included. A pool of our own on h11, which this has replaced, took
0.21 ms where httpx on aiohttp took 0.50 and httpx as it is 3.2 (ten at once, in one run); it could
not read a compressed answer, and knew no proxy.
"""

import asyncio
import json
import subprocess
import sys
import time

import httpx

from tests.bench.table import show

TIMES = 2000
AT_ONCE = (1, 10, 50)
SERVER = """
import asyncio, json
record = {"id": "p" * 32, "outputs": [], "status": "processing", "error": "", "timings": {"inference": 0},
          "created_at": "2026-11-30T21:00:00.000Z", "urls": {"get": "https://service.test/" + "x" * 60}}
body = json.dumps({"code": 200, "message": "success", "data": record}).encode()
answer = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
async def serve(reader, writer):
    try:
        while True:
            await reader.readuntil(b"\\r\\n\\r\\n")
            writer.write(answer)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


async def milliseconds(ask, at_once):
    """Processor time of this process for one of many questions."""
    await asyncio.gather(*(ask() for _ in range(at_once)))
    began = time.process_time()
    for _ in range(TIMES // at_once):
        await asyncio.gather(*(ask() for _ in range(at_once)))
    return (time.process_time() - began) / (TIMES // at_once * at_once) * 1e3


async def measured(base):
    from httpx_aiohttp import AiohttpTransport

    from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
    from hailuo_widgets.jobs.wavespeed.client import Client
    from hailuo_widgets.jobs.wavespeed.http import HttpClients

    url = f"{base}/api/v3/predictions/{'p' * 32}/result"
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=60)
    clients = {
        "httpx": httpx.AsyncClient(trust_env=False, limits=limits),
        "httpx on aiohttp": httpx.AsyncClient(
            trust_env=False, transport=AiohttpTransport(trust_env=False, limits=limits)
        ),
    }
    rows = []
    for name, client in clients.items():

        async def ask(client=client):
            return json.loads((await client.get(url)).content)

        took = [await milliseconds(ask, at_once) for at_once in AT_ONCE]
        rows.append((name, *(f"{each:.2f}" for each in took)))
        await client.aclose()
    http_clients = HttpClients()
    ours = Client(http_clients.asking, base, ApiKey("k" * 40), polling=http_clients.polling)
    took = [await milliseconds(lambda: ours.prediction("p" * 32), each) for each in AT_ONCE]
    rows.append(("hailuo_widgets, read and made regular", *(f"{each:.2f}" for each in took)))
    await http_clients.close()
    return rows


def run():
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        rows = asyncio.run(measured(f"http://127.0.0.1:{int(server.stdout.readline())}"))
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    header = ("client", *(f"{each} at once, ms" for each in AT_ONCE))
    show("Processor time for one question on a kept connection", header, rows)
