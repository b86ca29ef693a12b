"""`python -m app`: a local server. Databricks Apps and production run `app.wsgi` under gunicorn."""

from __future__ import annotations

import argparse
import logging

from app.main import create_app
from app.settings import Settings, load_dotenv
from app.start import build_services


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8050)
    parser.add_argument("--reload", action="store_true", help="restart when the code changes")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    load_dotenv()
    settings = Settings()
    app = create_app(settings, build_services(settings))
    app.run(host=options.host, port=options.port, debug=False, use_reloader=options.reload, threaded=True)


if __name__ == "__main__":
    main()
