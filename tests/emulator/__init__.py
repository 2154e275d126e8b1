"""An Azure Machine Learning service of our own, for tests: a declared estate, spoken over HTTPS.

estate      the estate as a story: workspaces, and what is declared in them
things      what an estate holds: jobs, versions of assets, endpoints
register    what the service stores for a path given at registration
bodies/     the JSON that the service would send for each thing
routes      which answer a request gets
server      the HTTPS server: paging, errors, counts, faults
credential  a token of the right shape, and the only one that the server takes
contoso     the standard estate, a credit-risk team's; `forms` is its table of registrations
crowded     an estate larger than a page wherever the service pages
"""
