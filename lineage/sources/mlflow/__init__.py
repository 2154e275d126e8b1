"""An MLflow tracking server and model registry as a source: the only door to the `mlflow` package.

source.py   MlflowSource: what the rest of the program sees
address.py  what a target names: a server, or the one that comes with an Azure ML workspace
crawl.py    what is asked, in which order, and the facts that the answers are
client.py   the questions, through MLflow's own client    (imports mlflow, when the crawl starts)
wire.py     its requests, through the gate and within bounds   (imports mlflow and requests, when the crawl starts)
bodies.py   MLflow's objects -> the JSON that records hold
faults.py   an answer that is none -> a Gap or an error, with its remedy
"""
