"""The page of the API: Swagger UI over the OpenAPI document, all of it from this server.

The files of Swagger UI come with a package that is installed; nothing is fetched from elsewhere, so the page works
where there is no internet, and tells nobody that it was opened. No script stands in the page itself, which the
Content-Security-Policy would refuse. What is tried out carries the token of the session, as the pages' changes do.
"""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

PAGE = "/docs"
ASSETS = "/docs/assets"
SCRIPT = "/docs/start.js"

#: `validatorUrl` null: the document is not sent to anybody to be checked.
_PARAMETERS = {
    "dom_id": "#swagger-ui",
    "validatorUrl": None,
    "docExpansion": "none",
    "filter": True,
    "displayRequestDuration": True,
    "deepLinking": True,
}
_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="{token}">
<title>{title}</title>
<link rel="icon" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{script}"></script>
</body>
</html>
"""
_START = """const token = document.querySelector('meta[name="csrf-token"]').content;
SwaggerUIBundle({{
  ...{parameters},
  presets: [SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {{
    request.headers['X-CSRF-Token'] = token;
    return request;
  }},
}});
"""


def add_docs(app: FastAPI) -> None:
    """Serve the page at /docs."""
    assets = Path(str(files("fastapi_swagger.resources")))
    app.mount(ASSETS, StaticFiles(directory=assets), name="docs assets")
    start = _START.format(parameters=json.dumps({"url": app.openapi_url, **_PARAMETERS}))

    @app.get(PAGE, include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        token = escape(request.state.csrf_token)
        title = escape(f"{app.title}: the REST API")
        return HTMLResponse(_HTML.format(token=token, title=title, assets=ASSETS, script=SCRIPT))

    @app.get(SCRIPT, include_in_schema=False)
    async def script() -> Response:
        return Response(start, media_type="text/javascript")
