"""Azure Machine Learning workspaces and registries as sources: the only door to the `azure` packages.

source.py      AzureMLSource: what the rest of the program sees
discovery.py   which of them an identity sees; selection.py  which of those are meant
estimate.py    about how many requests a crawl takes
client.py      Transport over the SDK's own pipeline       (imports azure, when the crawl starts)
credentials.py what signs in                               (imports azure, when the crawl starts)
clouds.py      clouds, and the hosts that may see a token
crawl.py       what is asked next, until nothing new is named; planning.py, choosing.py  what is listed, what is got
service.py     the calls, their addresses and permissions
mentions.py    what a body names
faults.py      an answer that is none -> a Gap or an error, with its remedy
wire.py        Request, Reply, Transport: all that the crawl knows of the network
"""
