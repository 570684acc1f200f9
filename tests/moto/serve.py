"""Serves moto on a free port of the loopback, says which, and ends when whoever started it is gone.

The tests hold the other end of stdin: it closes with their process, however that ends.
"""

import os
import sys

# The store signs for the region `local` where no region matters.
os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"

from moto.server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
print(port, flush=True)
sys.stdin.read()
os._exit(0)
