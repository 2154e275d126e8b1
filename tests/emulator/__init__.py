"""An Azure Machine Learning service of our own, for tests: a declared estate, spoken over HTTPS.

estate    the estate as a story: workspaces, jobs, models, what was registered from where
register  what the service stores for a path given at registration
bodies    the JSON the service would send for each thing
server    the HTTPS server: routes, paging, errors, counts, faults
credential  a token of the right shape, and the only one that the server takes
contoso   the standard estate, a credit-risk team's
"""
