"""The service over HTTP (extra `serve`): what the Python API answers, with the same bytes.

    $ legit serve

`create_app` makes the ASGI application for one process; `legit.serve.run` starts a process for each core.
"""

from legit.serve.app import create_app
from legit.serve.settings import ServiceSettings

__all__ = ["ServiceSettings", "create_app"]
