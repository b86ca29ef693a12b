"""`python -m app`: a local server. Databricks Apps and production run `app.wsgi` under gunicorn."""

from __future__ import annotations

import argparse
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, run_simple

from app import compression, logs
from app.main import create_app
from app.security import SERVER_NAME
from app.settings import read_settings
from app.start import build_services, import_ahead, make_missing_schema
from inventory_runner.errors import InventoryError
from inventory_runner.settings import load_dotenv


class RequestHandler(WSGIRequestHandler):
    """werkzeug's, which says nothing of its version."""

    def version_string(self) -> str:
        return SERVER_NAME


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8050)
    parser.add_argument("--reload", action="store_true", help="restart when the code changes")
    parser.add_argument("--verbose", action="store_true", help="log each request")
    options = parser.parse_args()
    load_dotenv()
    try:
        settings = read_settings()
        logs.configure(as_json=settings.in_databricks_app, verbose=options.verbose)
        services = build_services(settings)
        make_missing_schema(services)
        services.program.start()
        app = create_app(settings, services)
        compression.squeeze_files(app.server, settings)
    except InventoryError as error:
        sys.exit(str(error))
    # beside the first page, which needs none of it: it would wait twice as long
    threading.Thread(target=import_ahead, name="import-ahead", daemon=True).start()
    run_simple(
        options.host,
        options.port,
        app.server,
        threaded=True,
        use_reloader=options.reload,
        request_handler=RequestHandler,
    )


if __name__ == "__main__":
    main()
