"""Serves moto on a free port of the loopback, says which, and ends when whoever started it is gone.

The tests hold the other end of stdin: it closes with their process, however that ends.
One request at a time: moto's transactions are not isolated, and one that is refused takes back what others wrote.
"""

import os
import sys
import threading

# The store signs for the region `local` where no region matters.
os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"

from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
