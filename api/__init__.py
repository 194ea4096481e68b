"""What stands between the engine and the world: the REST API and the command line.

app.py   the ASGI application
docs.py  the page that describes the REST API
protocol.py  HTTP: an answer is sent at once
rest/    the Camunda 8 REST API v2, one module per resource
cli/     the `pointsman` command
"""
