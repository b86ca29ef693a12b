"""gunicorn in Databricks Apps: what the command line in app.yaml does not say.

SIGTERM gives 15 seconds. New requests stop at once, those under way get `graceful_timeout`, and the queries' child
processes are ended as soon as the signal arrives: nobody will read their results.
"""

from __future__ import annotations

import gc
import importlib
import os
from typing import Any

from gunicorn.http import wsgi as answers  # type: ignore[import-untyped]

from app import logs
from app.security import SERVER_NAME
from app.settings import read_settings
from app.start import import_ahead

# gthread, whose threads no slow client holds
worker_class = "app.worker.Worker"
# a stream holds a thread for minutes, so there are many; a second process serves while the first is busy computing
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 32
graceful_timeout = 8
timeout = 60
keepalive = 75
# files go the way of other answers, so that one who is slow to read them holds no thread
sendfile = False
# a link may carry a query's text
limit_request_line = 8190
# requests are logged by app.logs, with their user
accesslog = None
errorlog = "-"
control_socket_disable = True
# gunicorn has no setting for it
answers.SERVER = SERVER_NAME


def on_starting(_server: Any) -> None:
    """Import what all workers need before they are forked: they share its memory, 200 MB that each had for itself.

    Not more than imports (`preload_app` would make the app): our threads and connections do not survive a fork. Polars
    and Arrow begin their pools with their first work, which is a worker's.
    """
    logs.configure(as_json=read_settings().in_databricks_app)
    importlib.import_module("app.main")
    import_ahead()
    # the collector would write to every object, and so take a page of its own for it
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """End the worker's queries with the first SIGTERM, then let gunicorn finish the requests."""
    import signal

    from app import wsgi

    handle = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: Any) -> None:
        wsgi.close()
        if callable(handle):
            handle(number, frame)

    signal.signal(signal.SIGTERM, stop)


def worker_exit(_server: Any, _worker: Any) -> None:
    from app import wsgi

    wsgi.close()
