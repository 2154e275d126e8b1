"""The questions over GraphQL. The only door to strawberry and graphql-core.

`execution.Service` answers a request over an `Index`: it reads the document,
measures it (`limits`), validates it and runs it in a `session.Session`, which
holds each generation that the request reads. The schema (`schema`) decides
nothing about lineage: its resolvers put the pure questions and arrange what
they answer.
"""
