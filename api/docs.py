"""The page of the API: Swagger UI over the OpenAPI document, all of it from this server.

The files of Swagger UI come with a package that is installed; nothing is fetched from elsewhere, so the page works
where there is no internet, and tells nobody that it was opened.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

PAGE = "/docs"
ASSETS = "/docs/assets"

#: `validatorUrl` null: the document is not sent to anybody to be checked.
_PARAMETERS = {"validatorUrl": None, "docExpansion": "none", "filter": True, "displayRequestDuration": True}


def add_docs(app: FastAPI) -> None:
    """Serve the page at /docs."""
    assets = Path(str(files("fastapi_swagger.resources")))
    app.mount(ASSETS, StaticFiles(directory=assets), name="docs assets")

    @app.get(PAGE, include_in_schema=False)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=f"{app.title}: the REST API",
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon-32x32.png",
            swagger_ui_parameters=_PARAMETERS,
        )
