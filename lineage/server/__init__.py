"""The service over HTTP. The only door to starlette and uvicorn.

`guard` stands outside and refuses what nobody should read, `endpoint` speaks
GraphQL over HTTP, `page` shows the documented operations with their answers,
and `app` puts them together and runs the process. It listens on loopback only.
"""
